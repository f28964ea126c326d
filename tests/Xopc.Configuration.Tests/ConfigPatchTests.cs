using System.Text.Json;
using System.Text.Json.Nodes;

namespace Xopc.Configuration.Tests;

public sealed class ConfigPatchTests
{
    private const string Token = "0123456789abcdef-the-token";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Known_keys_are_merged_and_everything_else_stays()
    {
        using var home = new Home("""{"zebra":{"a":[1]},"gateway":{"future":1,"port":1,"auth":{"token":"${TOKEN}"}},"agents":{"defaults":{"maxTokens":7,"temperature":1}}}""");
        home.Environment["TOKEN"] = Token;

        var result = await Patch(home, """{"agents":{"defaults":{"temperature":0.5,"maxTokens":null}},"gateway":{"port":2,"typo":3},"other":{}}""");

        Assert.Equal(ConfigSaveOutcome.Saved, result.Result.Outcome);
        Assert.Equal(
            """{"zebra":{"a":[1]},"gateway":{"future":1,"port":2,"auth":{"token":"${TOKEN}"}},"agents":{"defaults":{"temperature":0.5}}}""", Stored(home).ToJsonString());
        Assert.Equal(["agents.defaults.maxTokens", "agents.defaults.temperature", "gateway.port"], result.Result.Paths.Order(StringComparer.Ordinal));
        Assert.Equal(["gateway.typo", "other"], result.Patch.Ignored.Select(problem => problem.Path));
    }

    [Theory]
    [InlineData("""{"model":" a/b "}""", """{"model":"a/b"}""")]
    [InlineData("""{"model":{"primary":" a/b ","fallbacks":[]}}""", """{"model":"a/b"}""")]
    [InlineData("""{"imageModel":{"primary":"a/b"}}""", """{"imageModel":"a/b"}""")]
    [InlineData("""{"imageGenerationModel":{"primary":"a/b","fallbacks":[" c/d "]}}""", """{"imageGenerationModel":{"primary":"a/b","fallbacks":["c/d"]}}""")]
    [InlineData("""{"model":"a/b","modelFallbacks":["c/d"]}""", """{"model":{"primary":"a/b","fallbacks":["c/d"]}}""")]
    [InlineData("""{"modelFallbacks":["c/d"],"model":"a/b"}""", """{"model":{"primary":"a/b","fallbacks":["c/d"]}}""")]
    [InlineData("""{"model":"","imageModel":null}""", "{}")]
    public async Task A_model_is_taken_in_either_form(string patch, string stored)
    {
        using var home = new Home("""{"agents":{"defaults":{}}}""");

        var result = await Patch(home, "{\"agents\":{\"defaults\":" + patch + "}}");

        Assert.True(result.Result.Outcome is ConfigSaveOutcome.Saved or ConfigSaveOutcome.Unchanged);
        Assert.Equal(stored, Stored(home)["agents"]!["defaults"]!.ToJsonString());
    }

    [Fact]
    public async Task Fallbacks_alone_change_the_fallbacks_alone_and_a_model_alone_is_the_whole_choice()
    {
        using var home = new Home("""{"agents":{"defaults":{"model":{"primary":"${M}","fallbacks":["a/a"],"later":1}}}}""");
        home.Environment["M"] = "m/m";

        await Patch(home, """{"agents":{"defaults":{"modelFallbacks":["b/b"]}}}""");
        Assert.Equal("""{"primary":"${M}","fallbacks":["b/b"],"later":1}""", Stored(home)["agents"]!["defaults"]!["model"]!.ToJsonString());

        await Patch(home, """{"agents":{"defaults":{"model":"c/c"}}}""");
        Assert.Equal("""{"primary":"c/c","fallbacks":[],"later":1}""", Stored(home)["agents"]!["defaults"]!["model"]!.ToJsonString());
    }

    [Theory]
    [InlineData("***")]
    [InlineData("••••••••••••")]
    [InlineData(" *** ")]
    public async Task A_mask_leaves_every_secret_as_it_is_also_in_lists(string mask)
    {
        using var home = new Home("""
            {"gateway":{"auth":{"token":"${TOKEN}"}},
             "channels":{"telegram":{"botToken":"bot-one","proxy":"http://u:p@proxy:1","accounts":{"a":{"botToken":"bot-a"},"b":{"botToken":"bot-b"}}}},
             "tools":{"web":{"search":{"providers":[{"type":"brave","apiKey":"key-brave"},{"type":"bing","apiKey":"key-bing"}]}}},"stt":{"openai":{"apiKey":"key-stt"}}}
            """);
        home.Environment["TOKEN"] = Token;

        var result = await Patch(home, """
            {"gateway":{"auth":{"token":"M"}},"channels":{"telegram":{"botToken":"M","proxy":"M","debug":true,"accounts":{"b":{"botToken":"M","name":"B"}}}},
             "tools":{"web":{"search":{"providers":[{"type":"bing","apiKey":"M","disabled":true},{"type":"brave","apiKey":"new"}]}}},"stt":{"enabled":true,"openai":{"apiKey":"M"}}}
            """.Replace("\"M\"", $"\"{mask}\"", StringComparison.Ordinal));

        Assert.Equal(ConfigSaveOutcome.Saved, result.Result.Outcome);
        var stored = Stored(home);
        Assert.Equal("${TOKEN}", (string?)stored["gateway"]!["auth"]!["token"]);
        Assert.Equal("""{"botToken":"bot-one","proxy":"http://u:p@proxy:1","accounts":{"b":{"botToken":"bot-b","name":"B"}},"debug":true}""", stored["channels"]!["telegram"]!.ToJsonString());
        Assert.Equal("""[{"type":"bing","apiKey":"key-bing","disabled":true},{"type":"brave","apiKey":"new"}]""", stored["tools"]!["web"]!["search"]!["providers"]!.ToJsonString());
        Assert.Equal("""{"enabled":true,"openai":{"apiKey":"key-stt"}}""", stored["stt"]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"gateway":{"auth":{"token":"***"}}}""", "gateway.auth.token")]
    [InlineData("""{"channels":{"telegram":{"botToken":"***"}}}""", "channels.telegram.botToken")]
    [InlineData("""{"channels":{"telegram":{"accounts":{"a":{"botToken":"••••••••••••"}}}}}""", "channels.telegram.accounts.a.botToken")]
    [InlineData("""{"tools":{"web":{"search":{"providers":[{"type":"brave","apiKey":"***"}]}}}}""", "tools.web.search.providers[0].apiKey")]
    [InlineData("""{"agents":{"defaults":{"workspace":"***"}}}""", "agents.defaults.workspace")]
    [InlineData("""{"tts":{"voice":"***"}}""", "tts.voice")]
    public async Task A_mask_for_which_nothing_is_stored_is_refused_and_never_written(string patch, string path)
    {
        using var home = new Home("""{"agents":{"defaults":{"workspace":"/w"}},"tts":{"voice":"v"}}""");
        var before = home.Text;

        var result = await Patch(home, patch);

        Assert.Equal((ConfigSaveOutcome.Invalid, path), (result.Result.Outcome, Assert.Single(result.Result.Problems).Path));
        Assert.Equal(before, home.Text);
    }

    [Fact]
    public async Task A_list_of_rows_is_replaced_and_each_row_keeps_what_this_version_does_not_know()
    {
        using var home = new Home("""
            {"agents":{"list":[{"id":"a","name":"A","later":1,"tools":{"disable":["x"],"later":2}},{"id":"b","temperature":1}]},
             "bindings":[{"id":"r","agentId":"a","later":3,"match":{"channel":"telegram","later":4}}]}
            """);

        var result = await Patch(home, """
            {"agents":{"list":[{"id":"b","model":"m/m","modelFallbacks":["n/n"]},{"id":"A","name":"New","typo":1}]},"bindings":[{"id":"r","agentId":"b","match":{"channel":"weixin"}}]}
            """);

        Assert.Equal(ConfigSaveOutcome.Saved, result.Result.Outcome);
        Assert.Equal(
            """[{"id":"b","model":{"primary":"m/m","fallbacks":["n/n"]}},{"later":1,"tools":{"later":2},"id":"A","name":"New"}]""", Stored(home)["agents"]!["list"]!.ToJsonString());
        Assert.Equal("""[{"later":3,"match":{"later":4,"channel":"weixin"},"id":"r","agentId":"b"}]""", Stored(home)["bindings"]!.ToJsonString());
        Assert.Equal(["agents.list[1].typo"], result.Patch.Ignored.Select(problem => problem.Path));
    }

    [Fact]
    public async Task What_the_environment_overrides_is_shown_as_it_runs_and_does_not_get_into_the_file_when_it_is_sent_back()
    {
        using var home = new Home("""{"gateway":{"port":5,"auth":{"mode":"token"}}}""");
        home.Environment["XOPC_GATEWAY_PORT"] = "7";
        home.Environment["XOPC_GATEWAY_TOKEN"] = Token;
        var view = ConfigView.Of(home.NewFile().Load());

        var back = await Patch(home, view.ToJsonString());

        Assert.Equal((7, "***"), ((int)view["gateway"]!["port"]!, (string?)view["gateway"]!["auth"]!["token"]));
        Assert.True(back.Result.Outcome is ConfigSaveOutcome.Saved, string.Join('\n', back.Result.Problems));
        Assert.Equal((5, null), ((int)Stored(home)["gateway"]!["port"]!, (string?)Stored(home)["gateway"]!["auth"]!["token"]));
        Assert.DoesNotContain(Token, home.Text, StringComparison.Ordinal);
        Assert.Equal(ConfigSaveOutcome.Saved, (await Patch(home, """{"gateway":{"port":8}}""")).Result.Outcome);
        Assert.Equal(8, (int)Stored(home)["gateway"]!["port"]!);
    }

    [Theory]
    [InlineData("""{"gateway":{"auth":{"password":"another"}}}""", "gateway.auth")]
    [InlineData("""{"gateway":{"auth":{"mode":"password"}}}""", "gateway.auth.password")]
    [InlineData("""{"gateway":{"bind":"custom"}}""", "gateway.customBindHost")]
    [InlineData("""{"gateway":{"bind":"lan","auth":{"mode":"none","token":null}}}""", "gateway.auth.mode")]
    [InlineData("""{"agents":{"defaults":{"workspace":"${NOT_SET}"}}}""", "agents.defaults.workspace")]
    public async Task The_result_is_judged_as_at_start_with_what_the_environment_supplies(string patch, string path)
    {
        using var home = new Home("{}");
        home.Environment["XOPC_GATEWAY_TOKEN"] = Token;
        if (patch.Contains("none", StringComparison.Ordinal))
        {
            home.Environment.Remove("XOPC_GATEWAY_TOKEN");
        }

        var result = await Patch(home, patch);

        Assert.Equal(ConfigSaveOutcome.Invalid, result.Result.Outcome);
        Assert.Contains(path, result.Result.Problems.Select(problem => problem.Path));
        Assert.Equal("{}", home.Text);
    }

    [Fact]
    public async Task A_credential_that_only_the_environment_has_is_no_reason_to_refuse_other_changes()
    {
        using var home = new Home("""{"gateway":{"bind":"lan","auth":{"mode":"password"}}}""");
        home.Environment["XOPC_GATEWAY_PASSWORD"] = "a good password";

        Assert.Equal(ConfigSaveOutcome.Saved, (await Patch(home, """{"commands":{"restart":false}}""")).Result.Outcome);
        Assert.Equal(ConfigSaveOutcome.Invalid, (await Patch(home, """{"gateway":{"auth":{"mode":"none"}}}""")).Result.Outcome);
        Assert.Equal(ConfigSaveOutcome.Saved, (await home.NewFile().SaveAsync(null, document => document["cron"] = new JsonObject(), Cancelled)).Outcome);
    }

    [Fact]
    public async Task An_older_name_gives_way_to_the_key_that_is_set()
    {
        using var home = new Home("""{"gateway":{"host":"127.0.0.1","auth":{"rateLimit":{"lockoutMs":2000}}}}""");

        await Patch(home, """{"gateway":{"bind":"loopback","auth":{"rateLimit":{"blockDurationMs":3000}}}}""");

        Assert.Equal("""{"gateway":{"auth":{"rateLimit":{"blockDurationMs":3000}},"bind":"loopback"}}""", Stored(home).ToJsonString());
    }

    [Theory]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"channels":{"x":[{"b":1,"b":2}]}}""")]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    [InlineData("null")]
    public void What_is_no_object_or_names_a_key_twice_is_refused(string patch)
    {
        using var document = JsonDocument.Parse(patch);

        Assert.Null(ConfigPatch.Parse(document.RootElement, out var problem));
        Assert.NotNull(problem);
    }

    [Fact]
    public async Task Names_that_mean_something_to_other_languages_are_only_names()
    {
        using var home = new Home("{}");

        var result = await Patch(home, """{"__proto__":{"admin":true},"constructor":1,"channels":{"telegram":{"__proto__":{"x":1}}},"gateway":{"__proto__":2}}""");

        Assert.Equal("""{"channels":{"telegram":{"__proto__":{"x":1}}}}""", Stored(home).ToJsonString());
        Assert.Equal(["__proto__", "constructor", "gateway.__proto__"], result.Patch.Ignored.Select(problem => problem.Path));
    }

    [Fact]
    public async Task A_providers_key_has_no_place_here_and_its_mask_means_unchanged()
    {
        using var home = new Home("{}");

        Assert.Equal(ConfigSaveOutcome.Unchanged, (await Patch(home, """{"providers":{"openai":"***","x":""}}""")).Result.Outcome);
        var refused = await Patch(home, """{"providers":{"openai":"sk-canary-0123456789"}}""");
        Assert.Equal((ConfigSaveOutcome.Invalid, "providers.openai"), (refused.Result.Outcome, Assert.Single(refused.Result.Problems).Path));
        Assert.DoesNotContain("canary", refused.Result.Problems[0].ToString(), StringComparison.Ordinal);
    }

    internal static JsonObject Stored(Home home) => JsonNode.Parse(home.Text)!.AsObject();

    internal static async Task<(ConfigSaveResult Result, ConfigPatch Patch)> Patch(Home home, string json)
    {
        using var document = JsonDocument.Parse(json);
        var patch = ConfigPatch.Parse(document.RootElement.Clone(), out var problem);
        Assert.Null(problem);
        return (await home.NewFile().SaveAsync(accepts: null, patch!, objects: _ => null, Cancelled), patch!);
    }
}
