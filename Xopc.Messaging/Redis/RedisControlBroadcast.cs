using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Xopc.Contracts;
using Xopc.Contracts.Messages;

namespace Xopc.Messaging.Redis;

/// <summary>
/// Control over Redis pub/sub, not a stream: it is wanted now or not at all, an old abort read after a restart would hit the wrong thing, and what a
/// disconnected process misses it finds as a flag in the row concerned. The own process is served directly, also while Redis is away.
/// </summary>
internal sealed partial class RedisControlBroadcast(
    RedisConnections connections, RedisKeys keys, MessagingTelemetry telemetry, TimeProvider clock, ILogger<RedisControlBroadcast> logger, ILogger<ControlHandlers> handlersLogger)
    : DrainWorker(clock, logger), IControlBroadcast
{
    private const int SenderLength = 32;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);

    private readonly ILogger<RedisControlBroadcast> _logger = logger;
    private readonly ControlHandlers _handlers = new(telemetry, handlersLogger);
    private readonly byte[] _self = Encoding.ASCII.GetBytes(Guid.NewGuid().ToString("N"));
    private readonly TaskCompletionSource _subscribed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override string Name => "control";

    /// <summary>Completes when this process hears the others.</summary>
    internal Task Subscribed => _subscribed.Task;

    public IDisposable Attach(Action<ControlMessage> handler) => _handlers.Add(handler);

    public async ValueTask SendAsync(ControlMessage message, CancellationToken cancellationToken)
    {
        _handlers.Call(message);
        byte[] payload = [.. _self, .. JsonSerializer.SerializeToUtf8Bytes(message, ContractsJson.Default.ControlMessage)];
        try
        {
            await connections.Subscriber.PublishAsync(keys.Control, payload).WaitAsync(cancellationToken);
            telemetry.Control("sent");
        }
        catch (RedisException ex)
        {
            // By contract best effort: the flag in the row tells those whom this did not reach.
            telemetry.Control("unsent");
            LogUnsent(message.Kind, ex);
        }
    }

    /// <summary>Subscribes once; the client renews the subscription itself after each reconnect.</summary>
    public override async Task<bool> DrainOnceAsync(CancellationToken cancellationToken)
    {
        if (!Subscribed.IsCompleted)
        {
            var queue = await connections.Subscriber.SubscribeAsync(keys.Control).WaitAsync(cancellationToken);
            queue.OnMessage(received => Receive(received.Message));
            _subscribed.SetResult();
        }

        return false;
    }

    protected override Task WaitForWorkAsync(CancellationToken cancellationToken) => Task.Delay(LookEvery, Clock, cancellationToken);

    protected override async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (Subscribed.IsCompleted)
        {
            await connections.Subscriber.UnsubscribeAsync(keys.Control).WaitAsync(cancellationToken);
        }
    }

    internal void Receive(ReadOnlyMemory<byte> payload)
    {
        if (payload.Length < SenderLength || payload.Span[..SenderLength].SequenceEqual(_self))
        {
            return;
        }

        try
        {
            if (JsonSerializer.Deserialize(payload.Span[SenderLength..], ContractsJson.Default.ControlMessage) is { Kind: not null, Subject: not null } message)
            {
                _handlers.Call(message);
            }
        }
        catch (JsonException ex)
        {
            telemetry.Malformed("control");
            LogMalformed(ex);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Control message '{Kind}' reached only this process.")]
    private partial void LogUnsent(string kind, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A control message was not readable.")]
    private partial void LogMalformed(Exception exception);
}
