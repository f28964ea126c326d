namespace Xopc.Storage.Tests;

internal static class Waiting
{
    /// <summary>Generous: reached only when something never happens.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    /// <summary>The task's result, or a failure that says what did not happen.</summary>
    public static async Task<T> Within<T>(this Task<T> task, string what)
    {
        try
        {
            return await task.WaitAsync(Long, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Did not happen within {Long.TotalSeconds} s: {what}");
        }
    }

    /// <summary>Arms a wait for the health to become writable, or not; await it after the trigger.</summary>
    public static Task<DatabaseHealth> HealthTurns(Database database, bool writable)
    {
        var sqlite = (Storage.Sqlite.SqliteDatabase)database;
        var turned = new TaskCompletionSource<DatabaseHealth>(TaskCreationOptions.RunContinuationsAsynchronously);
        sqlite.HealthChanged += health =>
        {
            if (health.Writable == writable)
            {
                turned.TrySetResult(health);
            }
        };
        if (database.Health.Writable == writable)
        {
            turned.TrySetResult(database.Health);
        }

        return turned.Task;
    }
}
