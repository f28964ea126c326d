using Xopc.Storage;

namespace Xopc.Channels.Accounts;

/// <summary>The accounts that an operator has paused, as the database knows them: for every process of the role alike, at once.</summary>
internal static class PausedAccounts
{
    /// <summary>By <c>channel:account</c>, with the moment (Unix ms) since when.</summary>
    public static IReadOnlyDictionary<string, long> All(DatabaseReader reader) => reader.Query(
        "SELECT channel, account_id, changed_ms FROM account_states WHERE paused = 1",
        static row => KeyValuePair.Create($"{row.GetString(0)}:{row.GetString(1)}", row.GetInt64(2))).ToDictionary(StringComparer.Ordinal);

    public static bool Contains(DatabaseReader reader, AccountSettings settings) => Contains(reader, settings.Channel, settings.AccountId);

    public static bool Contains(DatabaseReader reader, string channel, string account) => reader.Scalar(
        "SELECT 1 FROM account_states WHERE channel = @channel AND account_id = @account AND paused = 1", ("channel", channel), ("account", account)) is not null;

    public static void Set(DatabaseTransaction transaction, AccountSettings settings, bool paused, long nowMs) => transaction.Execute(
        """
        INSERT INTO account_states (channel, account_id, paused, changed_ms) VALUES (@channel, @account, @paused, @now)
        ON CONFLICT (channel, account_id) DO UPDATE SET paused = excluded.paused, changed_ms = excluded.changed_ms
        """,
        ("channel", settings.Channel), ("account", settings.AccountId), ("paused", paused), ("now", nowMs));
}
