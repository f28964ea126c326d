using StackExchange.Redis;
using Xopc.Contracts.Messages;

namespace Xopc.Messaging.Redis;

/// <summary>Adds to work streams up to their bound. Counting and adding are one script, so that several senders cannot pass the bound together.</summary>
internal sealed class RedisStreamWriter(RedisConnections connections, RedisKeys keys, MessagingOptions options, MessagingTelemetry telemetry) : IStreamWriter
{
    private const string AddScript = """
        local n = math.min((#ARGV - 1) / 6, tonumber(ARGV[1]) - redis.call('XLEN', KEYS[1]))
        for i = 0, n - 1 do
          local a = 2 + i * 6
          redis.call('XADD', KEYS[1], '*', 'id', ARGV[a], 'key', ARGV[a+1], 'snd', ARGV[a+2], 'prn', ARGV[a+3], 'tp', ARGV[a+4], 'body', ARGV[a+5])
        end
        return math.max(n, 0)
        """;

    /// <summary>Two entries may go to two consumers, and the second be accepted first.</summary>
    public bool KeepsKeysTogether => false;

    public async Task<IReadOnlyList<PublishOutcome>> PublishAsync(IReadOnlyList<StreamMessage> messages, CancellationToken cancellationToken)
    {
        var outcomes = new PublishOutcome[messages.Count];
        foreach (var stream in Enumerable.Range(0, messages.Count).GroupBy(i => messages[i].Stream, StringComparer.Ordinal))
        {
            var places = stream.ToList();
            var added = await AddAsync(stream.Key, places.ConvertAll(i => messages[i]), cancellationToken);
            for (var n = 0; n < places.Count; n++)
            {
                outcomes[places[n]] = n < added ? PublishOutcome.Published : PublishOutcome.Full;
            }

            if (added < places.Count)
            {
                telemetry.StreamFull(stream.Key);
            }
        }

        return outcomes;
    }

    private async Task<int> AddAsync(string stream, List<StreamMessage> messages, CancellationToken cancellationToken)
    {
        var arguments = new List<RedisValue>((messages.Count * RedisStreamEntry.Width) + 1) { options.StreamCapacity };
        messages.ForEach(message => RedisStreamEntry.Append(arguments, message));
        return (int)await connections.Shared.ScriptEvaluateAsync(AddScript, [keys.Stream(stream)], [.. arguments]).WaitAsync(cancellationToken);
    }
}
