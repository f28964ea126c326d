using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Configuration;
using StackExchange.Redis;
using StackExchange.Redis.Profiling;

namespace Xopc.ServiceDefaults.Redis;

/// <summary>
/// Turns what StackExchange.Redis' profiler noted into spans under the span that was current when the command was sent. The client has no activity source
/// of its own. Commands are noted only while somebody listens, and become spans every 10 s and at the end.
/// </summary>
internal sealed class RedisTracing : IDisposable
{
    public const string SourceName = "OpenTelemetry.Instrumentation.StackExchangeRedis";
    private const int MostParents = 4096;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly ActivitySource Source = new(SourceName);

    private readonly ConcurrentDictionary<Activity, ProfilingSession> _byParent = new();
    private readonly ProfilingSession _withoutParent = new();
    private readonly Lock _flushing = new();
    private readonly ITimer _timer;
    private readonly bool _oldNames;
    private readonly bool _newNames;

    public RedisTracing(TimeProvider clock, IConfiguration configuration)
    {
        var optIn = (configuration["OTEL_SEMCONV_STABILITY_OPT_IN"] ?? "").Split(',', StringSplitOptions.TrimEntries);
        _newNames = optIn.Contains("database") || optIn.Contains("database/dup");
        _oldNames = !optIn.Contains("database") || optIn.Contains("database/dup");
        _timer = clock.CreateTimer(_ => Flush(), null, Interval, Interval);
    }

    public void Watch(IConnectionMultiplexer connection) => connection.RegisterProfiler(SessionOfNow);

    public void Dispose()
    {
        _timer.Dispose();
        Flush();
    }

    internal void Flush()
    {
        lock (_flushing)
        {
            Emit(_withoutParent, default);
            foreach (var (parent, session) in _byParent)
            {
                // Read before draining: a command that completes in between is found by the next flush only if the entry stays.
                var ended = parent.IsStopped;
                Emit(session, parent.Context);
                if (ended)
                {
                    _byParent.TryRemove(parent, out _);
                }
            }
        }
    }

    private ProfilingSession? SessionOfNow()
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        if (Activity.Current is not { } parent)
        {
            return _withoutParent;
        }

        if (_byParent.TryGetValue(parent, out var known))
        {
            return known;
        }

        // Beyond the bound commands are still seen, without their parent, until the next flush makes room.
        return _byParent.Count < MostParents ? _byParent.GetOrAdd(parent, static _ => new ProfilingSession()) : _withoutParent;
    }

    private void Emit(ProfilingSession session, ActivityContext parent)
    {
        foreach (var command in session.FinishProfiling())
        {
            Emit(command, parent);
        }
    }

    private void Emit(IProfiledCommand command, ActivityContext parent)
    {
        var name = string.IsNullOrEmpty(command.Command) ? "redis" : command.Command;
        // Without this a parentless command would become a child of whatever runs the flush.
        Activity.Current = null;
        using var span = Source.StartActivity(name, ActivityKind.Client, parent, startTime: new DateTimeOffset(DateTime.SpecifyKind(command.CommandCreated, DateTimeKind.Utc)));
        if (span is null)
        {
            return;
        }

        span.SetEndTime(span.StartTimeUtc + command.ElapsedTime);
        if (span.IsAllDataRequested)
        {
            SetNames(span, command, name);
            SetServer(span, command.EndPoint);
            AddTimes(span, command);
        }
    }

    // Only the command's name: keys and values are other people's data.
    private void SetNames(Activity span, IProfiledCommand command, string name)
    {
        if (_oldNames)
        {
            span.SetTag("db.system", "redis");
            span.SetTag("db.statement", name);
            span.SetTag("db.redis.database_index", command.Db);
        }

        if (_newNames)
        {
            span.SetTag("db.system.name", "redis");
            span.SetTag("db.operation.name", name);
            span.SetTag("db.query.text", name);
            span.SetTag("db.namespace", command.Db.ToString());
        }
    }

    private static void SetServer(Activity span, EndPoint? server)
    {
        switch (server)
        {
            case IPEndPoint ip:
                span.SetTag("server.address", ip.Address.ToString());
                span.SetTag("server.port", ip.Port);
                span.SetTag("network.peer.address", ip.Address.ToString());
                span.SetTag("network.peer.port", ip.Port);
                break;
            case DnsEndPoint dns:
                span.SetTag("server.address", dns.Host);
                span.SetTag("server.port", dns.Port);
                break;
            case { } other:
                span.SetTag("server.address", other.ToString());
                break;
        }
    }

    private static void AddTimes(Activity span, IProfiledCommand command)
    {
        var enqueued = new DateTimeOffset(span.StartTimeUtc) + command.CreationToEnqueued;
        var sent = enqueued + command.EnqueuedToSending;
        span.AddEvent(new ActivityEvent("Enqueued", enqueued));
        span.AddEvent(new ActivityEvent("Sent", sent));
        span.AddEvent(new ActivityEvent("ResponseReceived", sent + command.SentToResponse));
    }
}
