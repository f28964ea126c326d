using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;
using Xopc.Agents.Models;
using Xopc.Configuration;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Models;

public sealed class CatalogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("xopc-catalog-").FullName;

    private string File => Path.Combine(_folder, "models.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void With_nothing_configured_only_the_offline_model_is_there()
    {
        var catalog = Catalog();

        Assert.Null(catalog.Current.First);
        Assert.Equal(["xopc"], catalog.Current.Providers.Where(provider => provider.IsConfigured).Select(provider => provider.Id));
    }

    [Theory]
    [InlineData("OPENAI_API_KEY", "openai", "openai/gpt-5")]
    [InlineData("ANTHROPIC_API_KEY", "anthropic", "anthropic/claude-sonnet-5-5")]
    [InlineData("GOOGLE_API_KEY", "google", "google/gemini-2.5-pro")]
    [InlineData("MOONSHOT_API_KEY", "kimi", "kimi/kimi-k2-0905-preview")]
    [InlineData("DASHSCOPE_API_KEY", "qwen", "qwen/qwen-plus")]
    [InlineData("HF_TOKEN", "huggingface", "huggingface/openai/gpt-oss-120b")]
    [InlineData("MINIMAX_CN_API_KEY", "minimax-cn", "minimax-cn/MiniMax-M2")]
    [InlineData("VLLM_BASE_URL", "vllm", null)]
    public void A_variable_configures_its_provider(string variable, string provider, string? first)
    {
        var catalog = Catalog(name => name == variable ? "http://127.0.0.1:9/value" : null);

        Assert.Equal([provider, "xopc"], catalog.Current.Providers.Where(known => known.IsConfigured).Select(known => known.Id));
        Assert.Equal(first, catalog.Current.First?.ToString());
        Assert.True(catalog.Current.IsConfigured(new ModelRef(provider, "anything/at-all")));
    }

    [Fact]
    public void An_empty_variable_configures_nothing() => Assert.Null(Catalog(_ => " ").Current.First);

    [Fact]
    public void A_custom_provider_comes_first_and_knows_what_the_file_says()
    {
        Write("""
            // comments and trailing commas are fine
            { "providers": { "corp": { "baseUrl": "https://llm.corp/v1", "apiKey": "CORP_KEY", "api": "openai-completions",
              "headers": { "x-team": "TEAM" },
              "models": [ { "id": "team/large", "name": "Large", "input": ["text", "image"], "reasoning": true, "contextWindow": 9000, "cost": { "input": 1 } }, { "id": "small" } ],
              "modelOverrides": { "small": { "maxTokens": 77 }, "corp/extra": { "contextWindow": 5 } }, } } }
            """);
        var catalog = Catalog(name => name switch { "CORP_KEY" => "secret", "OPENAI_API_KEY" => "k", _ => null });

        Assert.Null(catalog.LoadError);
        Assert.Equal("corp/team/large", catalog.Current.First!.ToString());
        var provider = catalog.Current.FindProvider("corp")!;
        Assert.Equal(("secret", "TEAM"), (provider.Key!.Text, provider.Headers[0].Value.Text));
        var large = catalog.Current.Describe(ModelLab.Ref("corp/team/large"));
        Assert.Equal(("Large", true, true, 9000, 16384, 1d), (large.Name, large.Vision, large.Reasoning, large.ContextWindow, large.MaxTokens, large.Cost!.Input));
        Assert.Equal((128_000, 77), (catalog.Current.Describe(ModelLab.Ref("corp/small")).ContextWindow, catalog.Current.Describe(ModelLab.Ref("corp/small")).MaxTokens));
        Assert.Equal(5, catalog.Current.Describe(ModelLab.Ref("corp/extra")).ContextWindow);
    }

    [Fact]
    public void A_built_in_provider_can_be_pointed_elsewhere_and_its_models_changed()
    {
        Write("""{ "providers": { "openai": { "baseUrl": "http://127.0.0.1:1/v1", "apiKey": "k", "modelOverrides": { "gpt-5": { "contextWindow": 123 } } } } }""");

        var catalog = Catalog();

        Assert.Equal(123, catalog.Current.Describe(ModelLab.Ref("openai/gpt-5")).ContextWindow);
        Assert.Equal("max_completion_tokens", catalog.Current.Describe(ModelLab.Ref("openai/gpt-5")).Dialect.MaxTokensField);
        Assert.Equal(new Uri("http://127.0.0.1:1/v1"), catalog.Current.FindProvider("openai")!.BaseUrl);
    }

    [Fact]
    public void A_local_server_needs_no_key()
    {
        Write("""{ "providers": { "mine": { "baseUrl": "http://localhost:8080/v1", "api": "openai-completions", "models": [ { "id": "m" } ] }, "lmstudio": { "models": [ { "id": "n" } ] } } }""");

        var catalog = Catalog();

        Assert.Null(catalog.LoadError);
        Assert.True(catalog.Current.IsConfigured(ModelLab.Ref("mine/m")));
        Assert.True(catalog.Current.IsConfigured(ModelLab.Ref("lmstudio/n")));
    }

    [Fact]
    public void All_errors_of_the_file_are_told_at_once()
    {
        Write("""
            { "providers": { "Bad Id": { "baseUrl": "ftp://x", "api": "morse" }, "empty": {}, "far": { "api": "openai-completions", "models": [
              { "id": "m", "contextWindow": -1, "input": ["smell"], "cost": { "input": -1 } }, { "name": "no id" }, { "id": "m" } ] },
              "cmd": { "apiKey": "!rm -rf ~", "api": "openai-completions", "headers": { "a b": "x" } }, "xopc": [] } }
            """);

        var error = Catalog().LoadError;

        foreach (var path in (string[])["providers.Bad Id:", "providers.Bad Id.baseUrl", "providers.Bad Id.api", "providers.empty:", "providers.far.baseUrl", "providers.far.apiKey",
            "providers.far.models[0].contextWindow", "providers.far.models[0].input", "providers.far.models[0].cost.input", "providers.far.models[1].id",
            "providers.far.models[2].id", "providers.cmd.apiKey", "providers.cmd.headers.a b", "providers.xopc"])
        {
            Assert.Contains(path, error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"providers\": 1}")]
    [InlineData("{\"providers\": {\"a\": {\"apiKey\": \"\\ud800\"}}}")]
    [InlineData("{\"providers\": {\"a\": {\"apiKey\": \"x\\ny\", \"api\": \"openai-completions\"}}}")]
    public void A_broken_file_changes_nothing_and_is_told(string text)
    {
        Write("""{ "providers": { "corp": { "baseUrl": "https://llm.corp/v1", "apiKey": "k", "api": "openai-completions" } } }""");
        var catalog = Catalog();
        Write(text);

        catalog.Reload();

        Assert.Equal(text.Length == 0, catalog.LoadError is null);
        Assert.Equal(text.Length > 0, catalog.Current.FindProvider("corp") is not null);
    }

    [Fact]
    public void A_change_of_the_file_is_taken_over_once()
    {
        var catalog = Catalog();
        Assert.False(catalog.Reload());
        Write("""{ "providers": { "corp": { "baseUrl": "https://llm.corp/v1", "apiKey": "k", "api": "openai-completions" } } }""");

        Assert.True(catalog.Reload());
        Assert.False(catalog.Reload());
        Assert.NotNull(catalog.Current.FindProvider("corp"));

        Write("nonsense");
        Assert.False(catalog.Reload());
        Assert.NotNull(catalog.LoadError);
        System.IO.File.Delete(File);
        Assert.True(catalog.Reload());
        Assert.Null(catalog.Current.FindProvider("corp"));
        Assert.Null(catalog.LoadError);
    }

    [Fact]
    public async Task A_protocol_that_is_not_supported_yet_says_so_when_it_is_used()
    {
        await using var lab = await ModelLab.StartAsync(""", "models": [ { "id": "m", "api": "google-vertex" } ]""");

        Assert.Equal("a/m speaks 'google-vertex', which is not supported yet: use openai-completions or anthropic-messages", (await lab.FailAsync("a/m")).Message);
    }

    [Theory]
    [InlineData("literal", "literal", true)]
    [InlineData("SET_VARIABLE", "value", true)]
    [InlineData("UNSET_VARIABLE", "UNSET_VARIABLE", true)]
    [InlineData("!op read op://vault/key", null, true)]
    [InlineData("!pass show 'my key'", null, true)]
    [InlineData("!cat /etc/passwd", null, false)]
    [InlineData("!op read x; rm y", null, false)]
    [InlineData("!pass $(id)", null, false)]
    [InlineData("!gpg ../x", null, false)]
    [InlineData("!", null, false)]
    public void A_key_is_a_literal_a_variable_or_an_allowed_command(string raw, string? text, bool usable)
    {
        var secret = SecretValue.Parse(raw, name => name == "SET_VARIABLE" ? "value" : null);

        Assert.Equal((text, usable, "***"), (secret.Text, secret.IsUsable, secret.ToString()));
    }

    [Fact]
    public void The_words_of_a_key_command_are_its_own() =>
        Assert.Equal(["op", "read", "op://a b/c", "", "d"], SecretCommand.Split(" op  read 'op://a b/c' \"\" d "));

    [Fact]
    public async Task A_key_command_that_is_not_installed_is_a_clear_failure()
    {
        var secret = SecretValue.Parse("!security find-nothing", _ => null);

        var failure = await Assert.ThrowsAsync<ModelCallException>(async () => await new SecretCommand(TimeProvider.System).ResolveAsync(secret, ModelLab.Token));

        Assert.Equal((ModelFailureKind.NotConfigured, "has no key: the key command 'security' cannot be started"), (failure.Kind, failure.Message));
    }

    [Fact]
    public async Task A_running_ollama_is_offered_and_taken_back_when_it_is_gone()
    {
        await using var ollama = await FakeOpenAiServer.StartAsync();
        ollama.OllamaModels = ["llama3.2:latest", "nomic-embed-text:latest", "qwen3:8b"];
        var catalog = Catalog();
        using var http = new ModelHttp();
        using var worker = Worker(catalog, http, new ModelsConfig(), name => name == "OLLAMA_HOST" ? ollama.Address.ToString() : null);

        await worker.LookAsync(ModelLab.Token);

        Assert.True(worker.FirstLook.IsCompletedSuccessfully);
        Assert.Equal(["llama3.2:latest", "qwen3:8b"], catalog.Ollama!.Models);
        Assert.Equal("ollama/llama3.2:latest", catalog.Current.First!.ToString());
        Assert.Equal(new Uri(ollama.Address, "/v1"), catalog.Current.FindProvider("ollama")!.BaseUrl);

        ollama.OllamaModels = null;
        await worker.LookAsync(ModelLab.Token);
        Assert.Null(catalog.Ollama);
        Assert.Null(catalog.Current.First);
    }

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, "false")]
    [InlineData(true, "0")]
    public async Task The_look_for_ollama_can_be_switched_off(bool setting, string? variable)
    {
        await using var ollama = await FakeOpenAiServer.StartAsync();
        ollama.OllamaModels = ["m"];
        var catalog = Catalog();
        using var http = new ModelHttp();
        using var worker = Worker(catalog, http, new ModelsConfig { DetectOllama = setting },
            name => name switch { "OLLAMA_HOST" => ollama.Address.ToString(), "XOPC_DETECT_OLLAMA" => variable, _ => null });

        await worker.LookAsync(ModelLab.Token);

        Assert.Null(catalog.Ollama);
    }

    [Theory]
    [InlineData(null, "http://127.0.0.1:11434/")]
    [InlineData("0.0.0.0", "http://127.0.0.1:11434/")]
    [InlineData("0.0.0.0:8000", "http://127.0.0.1:8000/")]
    [InlineData("box", "http://box:11434/")]
    [InlineData("box:81", "http://box:81/")]
    [InlineData("https://box/", "https://box/")]
    [InlineData(":5000", "http://127.0.0.1:5000/")]
    [InlineData("[::1]:5000", "http://[::1]:5000/")]
    [InlineData("not a host at all", "http://127.0.0.1:11434/")]
    public void Ollama_is_looked_for_where_its_own_variable_says(string? host, string address) => Assert.Equal(address, OllamaWorker.Address(host).AbsoluteUri);

    [Fact]
    public async Task The_offline_model_says_what_it_is_what_it_read_and_how_to_get_a_real_one()
    {
        await using var lab = await ModelLab.StartAsync();
        var request = lab.Request("xopc/demo") with { Messages = [new ChatMessage(ChatRole.User, "How  are\nyou? " + new string('x', 200))] };

        var events = await lab.RunAsync(request);

        var text = ModelLab.Text(events);
        Assert.StartsWith("I am xopc/demo, the built-in offline model.", text, StringComparison.Ordinal);
        Assert.Contains("\"How are you? xxx", text, StringComparison.Ordinal);
        Assert.DoesNotContain(new string('x', 81), text, StringComparison.Ordinal);
        Assert.Contains("OPENAI_API_KEY", text, StringComparison.Ordinal);
        Assert.Contains("models.json", text, StringComparison.Ordinal);
        Assert.True(events.OfType<ModelEvent.Text>().Count() > 3);
        Assert.Equal(text, ModelLab.Text(await lab.RunAsync(request)));
    }

    [Theory]
    [InlineData("openrouter/anthropic/claude", "openrouter", "anthropic/claude")]
    [InlineData("a/b", "a", "b")]
    [InlineData("a/", null, null)]
    [InlineData("/b", null, null)]
    [InlineData("ab", null, null)]
    [InlineData("a/b c", null, null)]
    [InlineData("", null, null)]
    [InlineData(null, null, null)]
    public void A_reference_is_split_at_its_first_slash(string? text, string? provider, string? model)
    {
        Assert.Equal(provider is not null, ModelRef.TryParse(text, out var reference));
        Assert.Equal((provider, model), (reference?.Provider, reference?.Model));
    }

    [Theory]
    [InlineData("ultra", "high")]
    [InlineData(" ON ", "low")]
    [InlineData("auto", "adaptive")]
    [InlineData("extra-high", "xhigh")]
    [InlineData("disabled", "off")]
    [InlineData("thinkharder", "medium")]
    [InlineData("very", null)]
    [InlineData(null, null)]
    public void Thinking_has_words_and_aliases(string? word, string? level) => Assert.Equal(level, ThinkingLevel.Normalize(word));

    private ModelCatalog Catalog(Func<string, string?>? environment = null) => new(File, environment ?? (_ => null), NullLogger<ModelCatalog>.Instance);

    private static OllamaWorker Worker(ModelCatalog catalog, ModelHttp http, ModelsConfig settings, Func<string, string?> environment) =>
        new(catalog, http, () => settings, environment, TimeProvider.System, NullLogger<OllamaWorker>.Instance);

    private void Write(string text) => System.IO.File.WriteAllText(File, text);
}
