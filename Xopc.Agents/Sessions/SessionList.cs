using System.Text;
using System.Text.Json;
using Xopc.Contracts;
using Xopc.Storage;

namespace Xopc.Agents.Sessions;

/// <summary>Lists sessions from their indexes.</summary>
internal static class SessionList
{
    public static readonly IReadOnlyDictionary<string, string> SortColumns = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["updatedAt"] = "updated_ms", ["createdAt"] = "created_ms", ["lastAccessedAt"] = "accessed_ms", ["messageCount"] = "message_count",
    };

    public static SessionPage Read(DatabaseReader reader, SessionQuery query, Principal principal, DateTimeOffset now)
    {
        var where = new StringBuilder("WHERE 1 = 1");
        var parameters = new List<(string, object?)>();
        AddFilters(query, principal, now, where, parameters);
        var total = (long)reader.Scalar($"SELECT COUNT(*) FROM sessions {where}", parameters.ToArray())!;

        var direction = query.Descending ? "DESC" : "ASC";
        if (query.After is { } after)
        {
            var beyond = query.Descending ? "<" : ">";
            where.Append($" AND ({query.SortColumn} {beyond} @after OR ({query.SortColumn} = @after AND key {beyond} @after_key))");
            parameters.Add(("after", after.Value));
            parameters.Add(("after_key", after.Key));
        }

        parameters.Add(("limit", (long)query.Limit + 1));
        parameters.Add(("offset", (long)query.Offset));
        var items = reader.Query(
            $"SELECT {SessionStore.SelectColumns} FROM sessions {where} ORDER BY {query.SortColumn} {direction}, key {direction} LIMIT @limit OFFSET @offset",
            SessionStore.Map, parameters.ToArray());
        var hasMore = items.Count > query.Limit;
        if (hasMore)
        {
            items.RemoveAt(items.Count - 1);
        }

        var cursor = hasMore ? new SessionCursor(SortValue(items[^1], query.SortColumn), items[^1].Key).ToString() : null;
        return new SessionPage(items.ConvertAll(item => item.AsOf(now)), total, query.Limit, query.Offset, hasMore, cursor);
    }

    private static void AddFilters(SessionQuery query, Principal principal, DateTimeOffset now, StringBuilder where, List<(string, object?)> parameters)
    {
        if (query.Status is not null)
        {
            // Idle is an active session that has rested: nothing is written when that comes to pass.
            where.Append(query.Status switch
            {
                "active" => " AND status = 'active' AND updated_ms > @rested",
                "idle" => " AND status = 'active' AND updated_ms <= @rested",
                _ => " AND status = @status",
            });
            parameters.Add(query.Status is "active" or "idle"
                ? ("rested", (now - Session.IdleAfter).ToUnixTimeMilliseconds())
                : ("status", query.Status));
        }

        if (query.Channel is not null)
        {
            where.Append(" AND source = @channel");
            parameters.Add(("channel", query.Channel));
        }

        if (query.Search is not null)
        {
            where.Append(" AND (key LIKE @search ESCAPE '\\' OR LOWER(COALESCE(name, '')) LIKE @search ESCAPE '\\' OR LOWER(COALESCE(tags, '')) LIKE @search ESCAPE '\\')");
            parameters.Add(("search", "%" + query.Search.ToLowerInvariant().Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_") + "%"));
        }

        // A restricted key sees its own objects and nothing of the others, not even in the counts.
        AddLimit(where, parameters, "agent_id", "agents", principal.Agents);
        AddLimit(where, parameters, "key", "sessions", principal.Sessions);
    }

    private static void AddLimit(StringBuilder where, List<(string, object?)> parameters, string column, string name, IReadOnlyList<string>? allowed)
    {
        if (allowed is not null)
        {
            // One statement text whatever the number of allowed values.
            where.Append($" AND {column} IN (SELECT value FROM json_each(@{name}))");
            parameters.Add((name, JsonSerializer.Serialize([.. allowed], AgentsJson.Default.ListString)));
        }
    }

    private static long SortValue(Session session, string column) => column switch
    {
        "created_ms" => session.CreatedAt.ToUnixTimeMilliseconds(),
        "accessed_ms" => session.LastAccessedAt.ToUnixTimeMilliseconds(),
        "message_count" => session.MessageCount,
        _ => session.UpdatedAt.ToUnixTimeMilliseconds(),
    };
}
