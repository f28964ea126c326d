namespace Xopc.Messaging;

/// <summary>The reading end of a work stream for one consumer of its group. One caller at a time.</summary>
internal interface IStreamReader : IAsyncDisposable
{
    /// <summary>What is there now, without waiting: first what this consumer left unacknowledged, then new entries, and in between what others abandoned. May repeat entries.</summary>
    ValueTask<IReadOnlyList<Envelope>> ReadAsync(int max, CancellationToken cancellationToken);

    /// <summary>Returns when an entry arrived, or after <paramref name="timeout"/>.</summary>
    ValueTask WaitAsync(TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>The entries are done with and go from the stream.</summary>
    ValueTask AckAsync(IReadOnlyList<string> entryIds, CancellationToken cancellationToken);
}
