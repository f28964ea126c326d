using StackExchange.Redis;
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
}
