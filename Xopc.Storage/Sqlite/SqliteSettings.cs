using Xopc.Storage.Migrations;

namespace Xopc.Storage.Sqlite;

/// <summary>How one file is opened and written.</summary>
/// <param name="Name">Short name of the database.</param>
/// <param name="Path">The file.</param>
/// <param name="Series">Every series of its schema, <see cref="StorageSchema"/> first.</param>
internal sealed record SqliteSettings(string Name, string Path, IReadOnlyList<MigrationSeries> Series)
{
    /// <summary>False: every commit is treated as <see cref="Durability.Relaxed"/>.</summary>
    public bool PowerSafe { get; init; } = true;

    /// <summary>Writes that may wait for the writer.</summary>
    public int QueueCapacity { get; init; } = 4096;

    /// <summary>Writes of one commit. Larger groups gain nothing measurable and make the first of them wait for the last.</summary>
    public int GroupLimit { get; init; } = 256;

    /// <summary>How long one attempt waits for another process's lock, and a caller for a place in the queue.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a database that cannot be written tries itself.</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Connections for reading; each costs up to 1 MiB of page cache.</summary>
    public int Readers { get; init; } = 4;

    /// <summary>For tests: called with the writer's connection when it was opened, and before each probe.</summary>
    public Action<SqliteSession>? Tamper { get; init; }
}
