using Xopc.Storage;

namespace Xopc.Channels.Intake;

/// <summary>Where channels hand in what they received.</summary>
internal interface IIntake
{
    /// <summary>
    /// Writes the messages, each once per id, and runs <paramref name="acknowledge"/> in the same transaction (the poll offset). When it returns, everything is on
    /// the disk; the platform may be told. Messages that are known already are passed over.
    /// </summary>
    /// <param name="ownership">Null: what comes needs no owner, as each is brought until it is taken.</param>
    /// <exception cref="DatabaseUnavailableException">Nothing was written.</exception>
    /// <exception cref="FencedException">The ownership is gone: nothing was written, and nothing may be acknowledged.</exception>
    Task TakeAsync(IReadOnlyList<InboundMessage> messages, KeyLease? ownership, Action<DatabaseTransaction> acknowledge, CancellationToken cancellationToken);
}
