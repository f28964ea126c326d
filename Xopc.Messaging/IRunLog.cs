using Xopc.Contracts.Runs;

namespace Xopc.Messaging;

/// <summary>
/// The streams <c>runs/{id}</c>: a run's updates for its watchers, kept in order and replayable while it runs and five minutes after its end.
/// A watcher sees everything after its position, then what follows, until the terminal update. Bounded per run (updates and bytes: the oldest go first,
/// and a watcher who missed them gets a <c>reset</c> from the service) and in number of runs.
/// </summary>
public interface IRunLog
{
    /// <summary>Opens a run for writing. One writer per run and attempt.</summary>
    IRunLogWriter Open(string runId);

    /// <summary>True when the run's updates can be had here (in memory, or on Redis from another replica).</summary>
    ValueTask<bool> ExistsAsync(string runId, CancellationToken cancellationToken);

    /// <summary>
    /// Updates after <paramref name="after"/> (null: from the first kept one), then live ones; completes after the terminal update. The first batch tells in
    /// <see cref="RunUpdates.Complete"/> whether anything between <paramref name="after"/> and it is no longer known. Completes without a terminal update when
    /// the log is abandoned or cannot be had any more; a batch without updates says that a run written elsewhere has been silent for a second, so that the
    /// reader can look whether its writer is still alive.
    /// </summary>
    IAsyncEnumerable<RunUpdates> ReadAsync(string runId, RunUpdateId? after, CancellationToken cancellationToken);
}

/// <summary>A batch of consecutive updates.</summary>
/// <param name="Complete">False when updates before the first one of this batch were lost to the reader.</param>
public readonly record struct RunUpdates(IReadOnlyList<RunUpdate> Updates, bool Complete);

/// <summary>The writing end of a run's log.</summary>
public interface IRunLogWriter
{
    /// <summary>Appends; wakes watchers; never blocks and never fails the run.</summary>
    void Append(RunUpdate update);

    /// <summary>
    /// The run goes on elsewhere, or in a later attempt: its watchers here end without a terminal update and look anew. Nothing when it has ended, or when it
    /// was opened again since.
    /// </summary>
    void Abandon();
}
