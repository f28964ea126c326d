namespace Xopc.Messaging.Redis;

/// <summary>The script of a run's stream, whose entry ids are the update ids: <c>{attempt}-{seq}</c>.</summary>
internal static class RunScripts
{
    /// <summary>
    /// KEYS: the stream. ARGV: life in ms, oldest id to keep, <c>1</c> when the batch begins with the oldest the writer keeps, channel, then id, type, data,
    /// terminal (<c>1</c> or empty) for each update. An id that is there already is skipped, so a batch may be sent twice. Returns 0, and adds nothing, when
    /// the stream vanished and the batch is not its beginning.
    /// </summary>
    public const string Append = """
        if ARGV[3] ~= '1' and redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
        for a = 5, #ARGV, 4 do
          local added = redis.pcall('XADD', KEYS[1], ARGV[a], 't', ARGV[a+1], 'd', ARGV[a+2], 'e', ARGV[a+3])
          if type(added) == 'table' and added.err and not string.find(added.err, 'equal or smaller', 1, true) then return added end
        end
        redis.call('XTRIM', KEYS[1], 'MINID', ARGV[2])
        redis.call('PEXPIRE', KEYS[1], ARGV[1])
        redis.call('PUBLISH', ARGV[4], '')
        return 1
        """;
}
