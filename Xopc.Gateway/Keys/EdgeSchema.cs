using Xopc.Storage.Migrations;

namespace Xopc.Gateway.Keys;

/// <summary>The schema of <c>edge.db</c>.</summary>
internal static class EdgeSchema
{
    public const string Database = "edge";

    public static readonly MigrationSeries Series = new(Database, [new Migration(1, "API keys", ApiKeys)]);

    // edge_state counts the changes: a process that looks at it four times a second reads one row and not a thousand keys.
    private const string ApiKeys = """
        CREATE TABLE api_keys (
            id TEXT PRIMARY KEY NOT NULL,
            name TEXT NOT NULL,
            secret_hash TEXT NOT NULL,
            scope TEXT NOT NULL,
            agents TEXT,
            sessions TEXT,
            version BIGINT NOT NULL,
            created_by TEXT NOT NULL,
            created_ms BIGINT NOT NULL,
            expires_ms BIGINT,
            revoked_ms BIGINT,
            last_used_ms BIGINT
        ){clustered};
        CREATE UNIQUE INDEX api_keys_by_name ON api_keys (name) WHERE revoked_ms IS NULL;

        CREATE TABLE edge_state (
            name TEXT PRIMARY KEY NOT NULL,
            value BIGINT NOT NULL
        ){clustered};
        INSERT INTO edge_state (name, value) VALUES ('keys', 0);
        """;
}
