using System.Text;
using Xopc.Configuration.Routing;

namespace Xopc.Configuration.Tests;

/// <summary>Mutated documents, from a fixed seed. <c>XOPC_TEST_FULL=1</c> runs a hundred thousand of them.</summary>
public sealed class FuzzTests
{
    private const string Sample = """
        { "gateway": { "bind": "lan", "port": 18790, "auth": { "mode": "token", "token": "0123456789abcdef-secret", "rateLimit": { "enabled": true, "maxAttempts": 5 } },
            "corsOrigins": ["http://localhost:5173", "*"], "trustedProxies": ["10.0.0.0/8"], "heartbeat": { "intervalMs": 60000, "activeHours": { "start": "08:00", "end": "22:00" } } },
          "agents": { "default": "main", "defaults": { "model": { "primary": "a/b", "fallbacks": ["c/d"] }, "temperature": 0.7 }, "list": [ { "id": "main" }, { "id": "coder", "tools": { "disable": ["x"] } } ] },
          "bindings": [ { "id": "b1", "agentId": "coder", "priority": 5, "match": { "channel": "telegram", "peerId": "-100*" } } ],
          "session": { "dmScope": "per-peer", "identityLinks": { "ann": ["telegram:1", "2"] } }, "cron": { "defaultTimezone": "UTC" },
          "channels": { "telegram": { "dmPolicy": "allowlist", "allowFrom": [ 7, "tg:8" ], "proxy": "socks5://u:0123456789abcdef-secret@p:1", "accounts": { "one": { "botToken": "${BOT}" },
            "two": { "botToken": "0123456789abcdef-secret", "webhook": { "url": "https://x.example/t", "secret": "0123456789abcdef-secret" }, "groups": { "-100": { "topics": { "5": { "enabled": false } } } } } } } }, "models": { "idleTimeoutMs": 1000 }, "commands": { "restart": true } }
        """;

    private static readonly string[] Pieces =
    [
        "null", "true", "-1", "1e999", "0.1", "\"\"", "\"x\"", "\"${BOT}\"", "\"${NOPE}\"", "\"$${A}\"", "[]", "{}", "[{}]", "[[[[", "}", "\"", "\\", "\\ud800", "\\u0000", ",", ":",
        "99999999999999999999", "\"main\"", "/*", "\u00ff", "\"a\":1,", "\"gateway\":{},",
    ];

    [Fact]
    public void No_mutation_of_a_document_is_anything_but_a_configuration_or_a_clear_error()
    {
        var rounds = Environment.GetEnvironmentVariable("XOPC_TEST_FULL") == "1" ? 100_000 : 6_000;
        var random = new Random(20261123);
        var (good, bad) = (0, 0);
        for (var round = 0; round < rounds; round++)
        {
            var bytes = Mutate(random);
            try
            {
                var document = ConfigDocument.Parse(bytes, "xopc.json");
                var read = ConfigReader.Read(document, name => name == "BOT" ? "123:abc" : null);
                ConfigReader.Read(document, environment: null);
                if (read.Config is { } config)
                {
                    good++;
                    _ = new Router(config).Resolve(new RouteQuery("telegram", "a", "dm", "-1001"));
                }
                else
                {
                    throw new ConfigException("xopc.json", read.Errors);
                }
            }
            catch (ConfigException ex)
            {
                bad++;
                Assert.NotEmpty(ex.Errors);
                Assert.DoesNotContain("0123456789abcdef-secret", ex.Message, StringComparison.Ordinal);
            }
            catch (Exception ex)
            {
                Assert.Fail($"Round {round} threw {ex.GetType().Name}: {ex.Message}\n{Encoding.UTF8.GetString(bytes)}");
            }
        }

        Assert.True(good > rounds / 50 && bad > rounds / 50, $"The mutations are too tame or too wild: {good} good, {bad} bad.");
    }

    private static byte[] Mutate(Random random)
    {
        var text = new StringBuilder(Sample);
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            var at = random.Next(text.Length);
            switch (random.Next(5))
            {
                case 0:
                    text.Remove(at, Math.Min(random.Next(1, 20), text.Length - at));
                    break;
                case 1:
                    text.Insert(at, Pieces[random.Next(Pieces.Length)]);
                    break;
                case 2:
                    ReplaceValue(text, at, Pieces[random.Next(Pieces.Length)]);
                    break;
                case 3:
                    ReplaceValue(text, at, Pieces[random.Next(12)]);
                    break;
                default:
                    text[at] = (char)random.Next(32, 127);
                    break;
            }
        }

        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        if (random.Next(20) == 0)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        return bytes;
    }

    // What stands after the next colon, up to a comma or bracket.
    private static void ReplaceValue(StringBuilder text, int from, string piece)
    {
        var all = text.ToString();
        var colon = all.IndexOf(": ", from, StringComparison.Ordinal);
        var end = colon < 0 ? -1 : all.IndexOfAny([',', '}', ']'], colon);
        if (end > 0)
        {
            text.Remove(colon + 2, end - colon - 2).Insert(colon + 2, piece);
        }
    }
}
