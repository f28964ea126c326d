namespace Xopc.Channels.Accounts;

/// <summary>What is remembered of accounts between starts.</summary>
internal static class AccountsSchema
{
    /// <summary>
    /// <c>account_states</c>: whether the operator paused the account. <c>account_notes</c>: small values of the platform's own part, such as the poll offset
    /// or the hash of the command menu, by the owner of the token (<c>scope</c> is the account's ownership key, so that a new token begins anew).
    /// </summary>
    public const string Tables = """
        CREATE TABLE account_states (
            channel TEXT NOT NULL,
            account_id TEXT NOT NULL,
            paused INTEGER NOT NULL,
            changed_ms BIGINT NOT NULL,
            PRIMARY KEY (channel, account_id)
        ){clustered};

        CREATE TABLE account_notes (
            scope TEXT NOT NULL,
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            changed_ms BIGINT NOT NULL,
            PRIMARY KEY (scope, name)
        ){clustered};
        """;
}
