namespace Xopc.Configuration.Tests;

/// <summary>Random patches, from a fixed seed, one after the other on one file. <c>XOPC_TEST_FULL=1</c> runs twenty thousand of them.</summary>
public sealed class ConfigPatchProperties
{
    private const string Canary = "canary-5ecret-0123456789";

    private const string Stored = """
        {"later":{"keep":[1,{"x":2}]},
         "gateway":{"later":1,"auth":{"token":"${TOKEN}","later":{"y":1}},"heartbeat":{"targetChatId":"${CHAT}"}},
         "agents":{"later":2,"defaults":{"later":3,"model":{"primary":"${MODEL}","fallbacks":["a/b"],"later":4},"workspace":"${WORK}"},"list":[{"id":"a","later":5},{"id":"b"}]},
         "channels":{"telegram":{"botToken":"CANARY","accounts":{"one":{"botToken":"CANARY1","later":6}}},"other":{"secret":"CANARY2"}},
         "tools":{"web":{"search":{"providers":[{"type":"brave","apiKey":"CANARY3"}]}}}}
        """;

    private static readonly string[] Pieces =
    [
        """{"gateway":{"port":8080,"maxSseConnections":5}}""", """{"gateway":{"port":null,"heartbeat":{"enabled":false,"prompt":"x","activeHours":{"start":"08:00","end":"20:00"}}}}""",
        """{"gateway":{"heartbeat":{"activeHours":null,"prompt":""}}}""", """{"gateway":{"auth":{"token":"***","rateLimit":{"maxAttempts":9}}}}""", """{"gateway":{"port":0}}""",
        """{"gateway":{"auth":{"password":"********-***"}}}""", """{"gateway":{"auth":{"password":"***"}}}""", """{"gateway":7}""", """{"gateway":[]}""", """{"gateway":{"auth":"x"}}""",
        """{"agents":{"defaults":{"temperature":0.1,"maxTokens":5}}}""", """{"agents":{"defaults":{"temperature":null,"imageModel":{"primary":"c/d","fallbacks":["e/f"]}}}}""",
        """{"agents":{"defaults":{"imageModel":null,"modelFallbacks":["g/h"]}}}""", """{"agents":{"defaults":{"modelFallbacks":7}}}""", """{"agents":{"defaults":{"imageGenerationModel":[]}}}""",
        """{"agents":{"list":[{"id":"b","name":"B"},{"id":"a","temperature":1}]}}""", """{"agents":{"list":[{"id":"a"}]}}""", """{"agents":{"list":[{"id":"a"},{"id":"A"}]}}""", """{"agents":{"list":[7]}}""",
        """{"agents":{"defaultId":"a","unknown":1}}""", """{"agents":{"defaultId":"nobody"}}""", """{"bindings":[{"agentId":"a","match":{"channel":"telegram"}}]}""", """{"bindings":null}""",
        """{"channels":{"telegram":{"botToken":"***","debug":true}}}""", """{"channels":{"telegram":{"accounts":{"one":{"botToken":"••••••••••••","name":"n"}}}}}""", """{"channels":{"new":{"token":"***"}}}""",
        """{"tools":{"web":{"search":{"providers":[{"type":"bing"},{"type":"brave","apiKey":"***"}]}}}}""", """{"session":{"identityLinks":{"ann":["1"]},"dmScope":"per-peer"}}""",
        """{"session":{"identityLinks":{"ann":null}}}""", """{"stt":{"enabled":true}}""", """{"unknown":{"***":"***"}}""", """{"cron":{"defaultTimezone":"Nowhere/Land"}}""", "{}",
    ];

    [Fact]
    public async Task A_patch_keeps_what_it_does_not_name_and_what_it_leaves_always_runs()
    {
        var rounds = Environment.GetEnvironmentVariable("XOPC_TEST_FULL") == "1" ? 20_000 : 120;
        using var home = new Home(Stored.Replace("CANARY", Canary, StringComparison.Ordinal));
        foreach (var (name, value) in ((string, string)[])[("TOKEN", Canary + "-token"), ("CHAT", Canary + "-chat"), ("MODEL", "m/m"), ("WORK", "/" + Canary)])
        {
            home.Environment[name] = value;
        }

        var random = new Random(20261124);
        var (saved, refused) = (0, 0);
        for (var round = 0; round < rounds; round++)
        {
            var patch = random.Next(4) == 0 ? ConfigView.Of(home.NewFile().Load()).ToJsonString() : Pieces[random.Next(Pieces.Length)];
            var before = home.Text;
            var (result, _) = await ConfigPatchTests.Patch(home, patch);
            if (result.Outcome == ConfigSaveOutcome.Saved)
            {
                saved++;
            }
            else
            {
                Assert.Equal(before, home.Text);
                refused += result.Outcome == ConfigSaveOutcome.Invalid ? 1 : 0;
                Assert.DoesNotContain(result.Problems, problem => problem.ToString().Contains(Canary, StringComparison.Ordinal));
            }

            Check(home, $"round {round}: {patch}");
        }

        Assert.True(saved > rounds / 10 && refused > rounds / 10, $"{saved} saved, {refused} refused");
    }

    private static void Check(Home home, string round)
    {
        var snapshot = home.NewFile().Load(); // it runs
        var shown = ConfigView.Of(snapshot).ToJsonString();
        Assert.False(shown.Contains(Canary, StringComparison.Ordinal), round);
        var stored = ConfigPatchTests.Stored(home);
        string?[] kept =
        [
            stored["later"]?.ToJsonString(), stored["gateway"]?["later"]?.ToJsonString(), stored["gateway"]?["auth"]?["later"]?.ToJsonString(), stored["agents"]?["later"]?.ToJsonString(),
            stored["agents"]?["defaults"]?["later"]?.ToJsonString(), stored["agents"]?["defaults"]?["model"]?["later"]?.ToJsonString(),
            stored["agents"]?["list"]?.AsArray().Single(row => (string?)row!["id"] == "a")!["later"]?.ToJsonString(),
            (string?)stored["gateway"]?["auth"]?["token"], (string?)stored["gateway"]?["heartbeat"]?["targetChatId"], (string?)stored["agents"]?["defaults"]?["model"]?["primary"],
            (string?)stored["agents"]?["defaults"]?["workspace"], (string?)stored["channels"]?["telegram"]?["botToken"], (string?)stored["channels"]?["telegram"]?["accounts"]?["one"]?["botToken"],
            (string?)stored["channels"]?["other"]?["secret"], stored["tools"]?["web"]?["search"]?["providers"]?.AsArray().Single(row => (string?)row!["type"] == "brave")!["apiKey"]?.ToString(),
        ];
        string?[] expected =
            ["""{"keep":[1,{"x":2}]}""", "1", """{"y":1}""", "2", "3", "4", "5", "${TOKEN}", "${CHAT}", "${MODEL}", "${WORK}", Canary, Canary + "1", Canary + "2", Canary + "3"];
        Assert.True(expected.SequenceEqual(kept), round + "\n" + string.Join(" | ", kept));
        Assert.False(home.Text.Contains("\"***\"", StringComparison.Ordinal), round);
    }
}
