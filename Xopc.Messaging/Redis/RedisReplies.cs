using System.Globalization;
using StackExchange.Redis;

namespace Xopc.Messaging.Redis;

/// <summary>An entry as a stream command returned it; no fields when it was deleted while it was pending.</summary>
internal readonly record struct RawEntry(string Id, RedisResult[]? Fields)
{
    /// <summary>A field's bytes; empty when it is not there.</summary>
    public ReadOnlyMemory<byte> Bytes(string name)
    {
        for (var i = 0; Fields is not null && i + 1 < Fields.Length; i += 2)
        {
            if ((string?)Fields[i] == name)
            {
                return (byte[]?)Fields[i + 1] ?? [];
            }
        }

        return default;
    }

    /// <summary>The two numbers of <c>17-3</c>; false for an id that is beyond ours, as a foreign writer's time stamp.</summary>
    public bool TryNumbers(out long first, out int second)
    {
        var dash = Id.IndexOf('-', StringComparison.Ordinal);
        second = 0;
        return long.TryParse(Id.AsSpan(0, Math.Max(dash, 0)), NumberStyles.None, CultureInfo.InvariantCulture, out first)
            && int.TryParse(Id.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out second);
    }

    public string Text(string name) => System.Text.Encoding.UTF8.GetString(Bytes(name).Span);
}

/// <summary>Reads the replies of stream commands sent raw: the client has no blocking form of them.</summary>
internal static class RedisReplies
{
    /// <summary>
    /// The entries of a reply to XREAD or XREADGROUP about one stream. RESP3 answers with a map (<c>key, entries</c>), RESP2 with pairs
    /// (<c>[[key, entries]]</c>), both with nil when there is nothing.
    /// </summary>
    public static List<RawEntry> OfRead(RedisResult reply)
    {
        if (reply.IsNull || (RedisResult[]?)reply is not { Length: > 0 } streams)
        {
            return [];
        }

        return Entries(reply.Resp3Type == ResultType.Map ? streams[1] : ((RedisResult[])streams[0]!)[1]);
    }

    /// <summary>An array of <c>[id, [field, value, …]]</c>.</summary>
    public static List<RawEntry> Entries(RedisResult entries)
    {
        var parsed = new List<RawEntry>();
        foreach (var entry in (RedisResult[]?)entries ?? [])
        {
            // XAUTOCLAIM before Redis 7 answers nil for a deleted entry.
            if ((RedisResult[]?)entry is { Length: 2 } pair)
            {
                parsed.Add(new RawEntry((string)pair[0]!, pair[1].IsNull ? null : (RedisResult[]?)pair[1]));
            }
        }

        return parsed;
    }

    /// <summary>The stream or its group is gone: flushed, or not made yet.</summary>
    public static bool IsNoGroup(RedisServerException exception) =>
        exception.Message.StartsWith("NOGROUP", StringComparison.Ordinal) || exception.Message.StartsWith("UNBLOCKED", StringComparison.Ordinal);
}
