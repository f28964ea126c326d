using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;
using Xopc.Contracts.Messages;
using Xopc.Contracts.Runs;
using Xopc.Messaging.Redis;
using Xopc.Testing.Fuzzing;

namespace Xopc.Messaging.Tests;

/// <summary>Random bytes through what lies in Redis.</summary>
public sealed class ParserFuzzTests
{
    [Fact]
    public void Entries_of_a_stream() => Fuzz.Parse(
        bytes =>
        {
            var cut = bytes.Length / 3;
            RedisValue[] fields = ["id", bytes[..cut], "key", bytes[cut..(2 * cut)], "snd", bytes[(2 * cut)..], "body", bytes, bytes];
            var entry = RedisResult.Create([RedisResult.Create((RedisValue)"1-1"), RedisResult.Create(fields.Select(field => RedisResult.Create(field)).ToArray())]);
            foreach (var raw in RedisReplies.Entries(RedisResult.Create([entry])))
            {
                _ = RedisStreamEntry.TryParse("turns", raw, out var message) && message.Body.Length == bytes.Length;
            }
        },
        ["telegram:default:17main:telegram:default:dm:123xopc-agents"], 600);

    [Fact]
    public void Entries_of_a_run_and_of_the_event_log()
    {
        var count = Fuzz.Text(
            text =>
            {
                var entry = new RawEntry(text, Fields("e", "1", "t", text, "k", text, "d", text));
                _ = EventReadWorker.TryParse(entry, "1", out _);
                var tail = new RunTail(new RunUpdateId(1, 2));
                Assert.NotEmpty(tail.From);
                _ = tail.IsPast(entry);
                Assert.True(tail.Advance([entry, entry]).Updates.Count > 0 && tail.Ended);
            },
            ["1-3", "2-1", "17-1"], typeof(InvalidDataException));
        Assert.True(count is { Taken: > 0, Refused: > 0 });
    }

    [Fact]
    public void Receipts_and_control_messages()
    {
        using var telemetry = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var broadcast = new RedisControlBroadcast(
            null!, null!, new MessagingTelemetry(telemetry.GetRequiredService<IMeterFactory>()), TimeProvider.System, NullLogger<RedisControlBroadcast>.Instance, NullLogger<ControlHandlers>.Instance);
        var heard = 0;
        using var attached = broadcast.Attach(message => heard += message.Kind.Length > 0 && message.Subject is not null ? 1 : 0);
        Fuzz.Parse(
            bytes =>
            {
                broadcast.Receive(bytes);
                Assert.DoesNotContain(null, Receipts.Read(new StreamMessage("1", "receipts:a", "k", bytes, "s", "")));
            },
            [new string('a', 32) + """{"kind":"abort","subject":"run-1","detail":"x"}""", """["telegram:default:17","b",null]""", "null"], 1024);
        Assert.True(heard > 0);
    }

    private static RedisResult[] Fields(params string[] values) => [.. values.Select(value => RedisResult.Create((RedisValue)value))];
}
