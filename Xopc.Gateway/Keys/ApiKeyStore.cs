using System.Data.Common;
using System.Text.Json;
using Xopc.Contracts;
using Xopc.Storage;

namespace Xopc.Gateway.Keys;

/// <summary>The keys in <c>edge.db</c>. Used by the edge and, whether a gateway runs or not, by the command line.</summary>
public sealed class ApiKeyStore(Database database, TimeProvider clock)
{
    /// <summary>Kept in all, revoked ones included: those give way, the oldest first, when there is no room.</summary>
    public const int Capacity = 1_000;

    private static readonly System.Buffers.SearchValues<char> Hex = System.Buffers.SearchValues.Create("0123456789abcdef");

    private const string Columns = "id, name, scope, agents, sessions, version, created_by, created_ms, expires_ms, revoked_ms, last_used_ms";

    /// <summary>Creates a key within what its creator may do now, as the database knows it.</summary>
    public async Task<ApiKeyCreation> CreateAsync(ApiKeyRequest request, Principal creator, CancellationToken cancellationToken)
    {
        var (id, secret) = ApiKeyText.Make();
        var digest = new byte[32];
        ApiKeyText.Hash(secret, digest);
        var created = await database.WriteAsync(tx => Create(tx, request, creator, id, Convert.ToHexStringLower(digest)), cancellationToken);
        return created with { Text = created.Key is null ? null : ApiKeyText.Write(id, secret) };
    }

    /// <summary>All keys, the newest first. A row that cannot be read is none: it opens nothing either.</summary>
    public ValueTask<List<ApiKey>> ListAsync(CancellationToken cancellationToken) => database.ReadAsync(
        static List<ApiKey> (reader) => [.. reader.Query($"SELECT {Columns} FROM api_keys ORDER BY created_ms DESC, id", TryMap).OfType<ApiKey>()], cancellationToken);

    public ValueTask<ApiKey?> FindAsync(string id, CancellationToken cancellationToken) => database.ReadAsync(reader => Find(reader, id), cancellationToken);

    /// <summary>Ends a key for ever. Null: there is none of this id; one that was revoked before stays as it is.</summary>
    public Task<ApiKey?> RevokeAsync(string id, CancellationToken cancellationToken) => database.WriteAsync(
        tx =>
        {
            if (Find(tx, id) is { RevokedAt: null })
            {
                tx.Execute(
                    "UPDATE api_keys SET revoked_ms = @now, version = @version WHERE id = @id",
                    ("now", clock.GetUtcNow().ToUnixTimeMilliseconds()), ("version", NextVersion(tx)), ("id", id));
            }

            return Find(tx, id);
        },
        cancellationToken);

    /// <summary>The count of changes, and what is good now unless the count is still <paramref name="known"/>; besides, how many rows cannot be read.</summary>
    internal ValueTask<(long Version, List<(ApiKey Key, byte[] Hash)>? Good, int Damaged)> ReadChangesAsync(long known, CancellationToken cancellationToken) =>
        database.ReadAsync(
            (long, List<(ApiKey, byte[])>?, int) (reader) =>
            {
                var version = (long)reader.Scalar("SELECT value FROM edge_state WHERE name = 'keys'")!;
                if (version == known)
                {
                    return (version, null, 0);
                }

                var rows = Good(reader);
                return (version, rows.OfType<(ApiKey, byte[])>().ToList(), rows.Count(row => row is null));
            },
            cancellationToken);

    /// <summary>Not worth a sync of the disk, and no change that anybody has to hear of.</summary>
    internal Task TouchAsync(IReadOnlyList<(string Id, long UsedMs)> used, CancellationToken cancellationToken) => database.WriteAsync(
        tx =>
        {
            foreach (var (id, usedMs) in used)
            {
                tx.Execute("UPDATE api_keys SET last_used_ms = @used WHERE id = @id AND COALESCE(last_used_ms, 0) < @used", ("used", usedMs), ("id", id));
            }
        },
        Durability.Relaxed, cancellationToken);

    private ApiKeyCreation Create(DatabaseTransaction tx, ApiKeyRequest request, Principal creator, string id, string hash)
    {
        var now = clock.GetUtcNow();
        if (creator.Id.StartsWith("key:", StringComparison.Ordinal))
        {
            // Asked again inside the transaction: a key that is revoked while its request is under way leaves nothing behind.
            if (Find(tx, creator.Id["key:".Length..]) is not { } own || own.State(now) != "active")
            {
                return new ApiKeyCreation(ApiKeyOutcome.Forbidden, Problem: "The credential that creates the key has ended.");
            }

            creator = own.Principal;
        }

        var (granted, problem) = request.Within(creator);
        if (granted is null)
        {
            return new ApiKeyCreation(ApiKeyOutcome.Forbidden, Problem: problem);
        }

        if (tx.Scalar("SELECT id FROM api_keys WHERE name = @name AND revoked_ms IS NULL", ("name", granted.Name)) is string other)
        {
            return new ApiKeyCreation(ApiKeyOutcome.NameTaken, Problem: $"A key of this name is there already ({other}); revoke it first, or take another name.");
        }

        if (!MakeRoom(tx))
        {
            return new ApiKeyCreation(ApiKeyOutcome.TooMany, Problem: $"There are {Capacity} keys already; revoke some that nobody uses.");
        }

        tx.Execute(
            """
            INSERT INTO api_keys (id, name, secret_hash, scope, agents, sessions, version, created_by, created_ms, expires_ms)
            VALUES (@id, @name, @hash, @scope, @agents, @sessions, @version, @by, @now, @expires)
            """,
            ("id", id), ("name", granted.Name), ("hash", hash), ("scope", ApiKeyRequest.NamesUpTo(granted.Scope)[^1]), ("agents", Write(granted.Agents)),
            ("sessions", Write(granted.Sessions)), ("version", NextVersion(tx)), ("by", creator.Id), ("now", now.ToUnixTimeMilliseconds()),
            ("expires", granted.ExpiresAt?.ToUnixTimeMilliseconds()));
        return new ApiKeyCreation(ApiKeyOutcome.Created, Find(tx, id));
    }

    private static bool MakeRoom(DatabaseTransaction tx) =>
        (long)tx.Scalar("SELECT COUNT(*) FROM api_keys")! < Capacity
        || tx.Execute("DELETE FROM api_keys WHERE id = (SELECT id FROM api_keys WHERE revoked_ms IS NOT NULL ORDER BY revoked_ms, id LIMIT 1)") == 1;

    private static long NextVersion(DatabaseTransaction tx) =>
        (long)tx.Scalar("UPDATE edge_state SET value = value + 1 WHERE name = 'keys' RETURNING value")!;

    // Null: a row that cannot be read. It must not keep the others from being revoked.
    private List<(ApiKey Key, byte[] Hash)?> Good(DatabaseReader reader) => reader.Query(
        $"SELECT {Columns}, secret_hash FROM api_keys WHERE revoked_ms IS NULL AND (expires_ms IS NULL OR expires_ms > @now)",
        static (ApiKey, byte[])? (row) => TryMap(row) is { } key && row.GetString(11) is { Length: 64 } hash && !hash.AsSpan().ContainsAnyExcept(Hex) ? (key, Convert.FromHexString(hash)) : null,
        ("now", clock.GetUtcNow().ToUnixTimeMilliseconds()));

    private static ApiKey? Find(DatabaseReader reader, string id) => reader.QueryFirst($"SELECT {Columns} FROM api_keys WHERE id = @id", Map, ("id", id));

    /// <exception cref="InvalidDataException">The row was damaged. Limits that cannot be read are not no limits.</exception>
    internal static ApiKey Map(DbDataReader row)
    {
        try
        {
            var scope = ApiKeyRequest.ScopeOf(row.GetString(2)) ?? throw new FormatException("There is no such scope.");
            return new ApiKey(
                row.GetString(0), row.GetString(1), scope, Texts(row, 3), Texts(row, 4), row.GetInt64(5), row.GetString(6),
                DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(7)), Instant(row, 8), Instant(row, 9), Instant(row, 10));
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or InvalidCastException)
        {
            throw new InvalidDataException("A row of api_keys in edge.db is damaged.", e);
        }
    }

    private static ApiKey? TryMap(DbDataReader row)
    {
        try
        {
            return Map(row);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static DateTimeOffset? Instant(DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    private static string[]? Texts(DbDataReader row, int column) =>
        row.IsDBNull(column) ? null
        : JsonSerializer.Deserialize(row.GetString(column), GatewayJson.Default.StringArray) is { } texts && !texts.Contains(null) ? texts
        : throw new FormatException("That is no list of texts.");

    private static string? Write(IReadOnlyList<string>? texts) => texts is null ? null : JsonSerializer.Serialize([.. texts], GatewayJson.Default.StringArray);
}
