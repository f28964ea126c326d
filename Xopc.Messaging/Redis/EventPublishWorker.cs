using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Xopc.Contracts.Messages;

namespace Xopc.Messaging.Redis;

/// <summary>Sends this process's events to Redis. A batch stays in hand until Redis took it; one whose reply was lost is there twice, which a view may be.</summary>
internal sealed class EventPublishWorker(
    RedisEventLog log, RedisConnections connections, RedisKeys keys, MessagingOptions options, MessagingTelemetry telemetry, TimeProvider clock,
    ILogger<EventPublishWorker> logger) : DrainWorker(clock, logger)
{
    private readonly List<EventMessage> _batch = [];

    public override string Name => "events out";

    public override async Task<bool> DrainOnceAsync(CancellationToken cancellationToken)
    {
        while (_batch.Count < options.BatchSize && log.Buffer.TryRead(out var message))
        {
            _batch.Add(message);
        }

        if (_batch.Count == 0)
        {
            return false;
        }

        var arguments = new List<RedisValue>((_batch.Count * 3) + 2) { EventEpoch.New(), options.EventsKept };
        foreach (var message in _batch)
        {
            arguments.Add(message.Type);
            arguments.Add(message.SessionKey ?? "");
            arguments.Add(message.Data);
        }

        await connections.Shared.ScriptEvaluateAsync(EventScripts.Publish, [keys.EventsMeta, keys.Events], [.. arguments]).WaitAsync(cancellationToken);
        telemetry.EventPublished(_batch.Count);
        _batch.Clear();
        return true;
    }

    protected override async Task WaitForWorkAsync(CancellationToken cancellationToken) => await log.Buffer.WaitToReadAsync(cancellationToken);

    protected override async Task FinishAsync(CancellationToken cancellationToken)
    {
        while (await DrainOnceAsync(cancellationToken))
        {
        }
    }
}
