namespace Xopc.Storage.Retention;

/// <summary>Removes in steps until one finds less than it may take.</summary>
internal static class RetentionSteps
{
    public static async Task<int> RemoveAsync(
        Database database, int step, Func<DatabaseTransaction, int> remove, Durability durability, CancellationToken cancellationToken)
    {
        var all = 0;
        int removed;
        do
        {
            removed = await database.WriteAsync(remove, durability, cancellationToken);
            all += removed;
        }
        while (removed == step);

        return all;
    }
}
