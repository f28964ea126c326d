using Xopc.Storage;

namespace Xopc.Channels.Accounts;

/// <summary>Small values of a platform's own, kept by whoever owns the token: the poll offset, the hash of the command menu.</summary>
internal sealed class AccountNotes([FromKeyedServices(ChannelsSchema.Database)] Database database, TimeProvider clock)
{
    public async Task<string?> FindAsync(string scope, string name, CancellationToken cancellationToken) =>
        await database.ReadAsync(
            reader => reader.Scalar("SELECT value FROM account_notes WHERE scope = @scope AND name = @name", ("scope", scope), ("name", name)) as string, cancellationToken);

    /// <summary>A step of a caller's transaction.</summary>
    public void Keep(DatabaseTransaction transaction, string scope, string name, string value) =>
        transaction.Execute(
            """
            INSERT INTO account_notes (scope, name, value, changed_ms) VALUES (@scope, @name, @value, @now)
            ON CONFLICT (scope, name) DO UPDATE SET value = excluded.value, changed_ms = excluded.changed_ms
            """,
            ("scope", scope), ("name", name), ("value", value), ("now", clock.GetUtcNow().ToUnixTimeMilliseconds()));

    /// <summary>The value that was kept first; <paramref name="value"/> where there was none.</summary>
    public Task<string> FirstAsync(string scope, string name, string value, CancellationToken cancellationToken) => database.WriteAsync(
        tx =>
        {
            tx.Execute(
                "INSERT INTO account_notes (scope, name, value, changed_ms) VALUES (@scope, @name, @value, @now) ON CONFLICT (scope, name) DO NOTHING",
                ("scope", scope), ("name", name), ("value", value), ("now", clock.GetUtcNow().ToUnixTimeMilliseconds()));
            return (string)tx.Scalar("SELECT value FROM account_notes WHERE scope = @scope AND name = @name", ("scope", scope), ("name", name))!;
        },
        cancellationToken);

    public Task KeepAsync(string scope, string name, string value, CancellationToken cancellationToken) =>
        database.WriteAsync(tx => Keep(tx, scope, name, value), cancellationToken);
}
