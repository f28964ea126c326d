namespace Xopc.Storage.Retention;

/// <summary>
/// Something kept that must end. A service registers a singleton per rule; the database's worker runs it. <see cref="TableRetention"/> serves for tables
/// with a time and a size per row.
/// </summary>
public interface IRetentionRule
{
    /// <summary>Name of the <see cref="Storage.Database"/> whose worker runs the rule.</summary>
    string Database { get; }

    /// <summary>For logs and metrics: the table.</summary>
    string Name { get; }

    /// <summary>
    /// Removes a small step (a few hundred rows, one short relaxed write) and returns how many; called again until it returns 0, then at the next interval.
    /// </summary>
    Task<int> RemoveSomeAsync(Database database, DateTimeOffset now, CancellationToken cancellationToken);
}
