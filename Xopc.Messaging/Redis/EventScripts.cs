namespace Xopc.Messaging.Redis;

/// <summary>
/// The scripts of the event stream. Keys: the meta hash (<c>epoch, run, seq</c>) and the stream, whose entry ids are <c>{seq}-0</c>. A new epoch begins
/// when the hash is gone (a flush) and when the server was restarted or replaced: its last second may be lost, so its numbers could name other events.
/// </summary>
internal static class EventScripts
{
    /// <summary>ARGV: an epoch name to use if one begins. Returns the epoch.</summary>
    public const string Epoch = Prelude + "return epoch";

    /// <summary>ARGV: epoch name, number of kept events, then type, session key, data for each event. Returns the epoch.</summary>
    public const string Publish = Prelude + """
        for a = 3, #ARGV, 3 do
          local seq = redis.call('HINCRBY', KEYS[1], 'seq', 1)
          redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], seq .. '-0', 'e', epoch, 't', ARGV[a], 'k', ARGV[a+1], 'd', ARGV[a+2])
        end
        return epoch
        """;

    private const string Prelude = """
        local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
        local meta = redis.call('HMGET', KEYS[1], 'epoch', 'run')
        local epoch = meta[1]
        if not epoch or meta[2] ~= run then
          epoch = ARGV[1]
          redis.call('DEL', KEYS[2])
          redis.call('HSET', KEYS[1], 'epoch', epoch, 'run', run, 'seq', 0)
        end

        """;
}
