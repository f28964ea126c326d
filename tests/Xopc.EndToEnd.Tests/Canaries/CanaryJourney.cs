using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Xopc.EndToEnd.Tests.Surface;
using Xopc.Testing.Canaries;
using Xopc.Testing.Http;
using Xopc.Testing.Models;
using Xopc.Testing.Telemetry;

namespace Xopc.EndToEnd.Tests.Canaries;

/// <summary>Xopc with a canary in every secret, used in every way there is, everything that leaves it kept.</summary>
internal sealed class CanaryJourney : IAsyncDisposable
{
    /// <summary>A word of the conversation: what is searched for secrets has to hold it, or else nothing was looked at.</summary>
    public const string Word = "quinquereme";

    private static readonly string[] FailingModels =
    [
        "status-400+tell", "status-401+tell", "status-403+tell", "status-404+tell", "status-422+tell", "status-429+tell", "status-500+tell", "error-after-1+tell",
        "cut-after-1", "malformed-after-1", "html",
    ];

    /// <summary>Agent → its only model.</summary>
    private static readonly Dictionary<string, string> FailingAgents = FailingModels.SelectMany(model => (string[])["fake/" + model, "variable/" + model, "claude/" + model])
        .Select((model, i) => (Agent: "failing-" + i, Model: model)).ToDictionary(pair => pair.Agent, pair => pair.Model);

    private readonly Wiretap _wire = new();
    private readonly OtlpReceiver _telemetry = new();
    private readonly ConcurrentBag<Canary> _born = [];
    private readonly ConcurrentBag<(string Place, string Text)> _said = [];
    private readonly HttpClient _http;
    private readonly Canary _presented;
    private FakeAnthropicServer _claude = null!;

    private CanaryJourney(Shape shape, CanaryConfig config, string credential)
    {
        (Shape, Config, _http) = (shape, config, _wire.NewClient());
        _presented = config.Written.Single(secret => secret.Name == credential);
    }

    public Shape Shape { get; }

    public CanaryConfig Config { get; }

    public Deployment Xopc { get; private set; } = null!;

    public OtlpReceiver Telemetry => _telemetry;

    /// <summary>Keys of model servers, in <c>models.json</c>.</summary>
    public IReadOnlyList<Canary> ModelKeys { get; } =
    [
        Canary.MakeShapeless("models.apiKey"), Canary.MakeShapeless("models.headers.X-Secret-Token"), Canary.MakeShapeless("models.headers.X-Team"),
        Canary.MakeShapeless("models.models.headers"), Canary.MakeShapeless("claude.apiKey"),
    ];

    /// <summary>What only the environment holds.</summary>
    public IReadOnlyDictionary<string, Canary> Variables { get; private set; } = null!;

    /// <summary>What a caller wrote into a request that was refused, or into a file that was never taken.</summary>
    public List<Canary> Refused { get; } = [];

    /// <summary>Tokens, keys, codes, cookies that were made meanwhile.</summary>
    public IEnumerable<Canary> Born => _born;

    public string Credential { get; private set; } = "";

    private string Token => _presented.Value;

    public static async Task<CanaryJourney> StartAsync(Shape shape, string credential)
    {
        var config = new CanaryConfig("gateway.auth." + (credential == "token" ? "password" : "token"));
        var journey = new CanaryJourney(shape, config, "gateway.auth." + credential) { _claude = await FakeAnthropicServer.StartAsync() };
        journey.Credential = journey.Token;
        journey.Variables = new Dictionary<string, Canary>(config.References)
        {
            ["CANARY_MODEL_KEY"] = Canary.MakeShapeless("CANARY_MODEL_KEY"),
            ["OPENAI_API_KEY"] = Canary.MakeShapeless("OPENAI_API_KEY"),
            ["OTEL_EXPORTER_OTLP_HEADERS"] = Canary.Make("OTEL_EXPORTER_OTLP_HEADERS"),
        };
        var settings = journey._telemetry.Settings.ToDictionary(setting => setting.Key, setting => setting.Value!);
        foreach (var (name, value) in journey.Variables)
        {
            settings[name] = name.StartsWith("OTEL", StringComparison.Ordinal) ? "api-key=" + value.Value : value.Value;
        }

        (settings["XOPC_LOG_CONSOLE"], settings["XOPC_LOG_LEVEL"]) = ("true", "trace");
        journey.Xopc = await Deployment.StartAsync(shape, settings, keptToken: true, journey.WriteAsync, journey.Token);
        return journey;
    }

    public async Task EverythingIsAskedAsync()
    {
        var objects = await CreateObjectsAsync();
        JsonObject document = [];
        await Wait.UntilAsync(
            async () =>
            {
                using var opened = await SendAsync(HttpMethod.Get, "/openapi.json");
                document = JsonNode.Parse(await opened.Content.ReadAsStringAsync(Wait.Cancelled))!.AsObject();
                return document["x-xopc-unavailable"] is null;
            },
            () => "A service keeps its part of the document to itself.");
        var key = (await BornAsync("xk of everything", HttpMethod.Post, "/api/keys", """{"name":"everything","scope":"admin"}""", "key")).Value;
        var asked = 0;
        foreach (var (path, method, _) in ApiDocumentTests.Each(document))
        {
            var target = string.Join('/', path.Split('/').Select(segment => segment.StartsWith('{') ? Uri.EscapeDataString(objects.ValueOf(segment.Trim('{', '}'))) : segment));
            foreach (var wrong in WrongOnes(Token).Concat(WrongOnes(key)))
            {
                (await SendAsync(new HttpMethod(method), target, "{}", wrong)).Dispose();
            }

            // A token where none is read, and beside a good one.
            (await SendAsync(new HttpMethod(method), $"{target}?token={Token}&q={Config.Written[^1].Value}", "{}", "")).Dispose();
            (await SendAsync(HttpMethod.Get, $"{target}?token={Token}&rel={Token}&limit={Token}", null, Token)).Dispose();
            if (!MakesASecret(path, method) && method != "delete")
            {
                (await SendAsync(new HttpMethod(method), target, "{}", key)).Dispose();
                (await SendAsync(new HttpMethod(method), target, $$"""{"message":"{{Word}}","apiKey":"{{Token}}","level":"{{Token}}" """, Token)).Dispose();
            }

            asked++;
        }

        Assert.True(asked > 35, $"The document has only {asked} operations.");
    }

    public async Task TurnsGoWellAndWrongAsync()
    {
        using var http = _wire.NewClient();
        using var client = new GatewayClient(http, () => Xopc.Url);
        using var events = await client.StreamAsync(HttpMethod.Get, "/api/events?token=" + Uri.EscapeDataString(Token));
        Assert.Equal("connected", (await events.NextAsync())!.Type);
        using (var good = await StreamAsync(HttpMethod.Post, "/api/agent", $$"""{"message":"{{Word}}","session":"good"}"""))
        {
            Assert.Equal("ok", (string?)(await good.ToEndAsync())[^1].Json["payload"]!["status"]);
        }

        var answers = await Task.WhenAll(FailingAgents.Keys.SelectMany(agent => (Task<bool>[])[FailsAsync(agent, streamed: false), FailsAsync(agent, streamed: true)]));
        Assert.True(answers.All(failed => failed), $"Only {answers.Count(failed => failed)} of {answers.Length} turns failed.");
        await events.UntilAsync(e => e.Data.Contains(Word, StringComparison.Ordinal) || e.Data.Contains("good", StringComparison.Ordinal));
    }

    private async Task<bool> FailsAsync(string agent, bool streamed)
    {
        var body = new JsonObject { ["message"] = Word, ["session"] = $"{agent}-{streamed}", ["agentId"] = agent }.ToJsonString();
        if (!streamed)
        {
            using var answer = await SendAsync(HttpMethod.Post, "/api/agent", body);
            return !answer.IsSuccessStatusCode;
        }

        using var stream = await StreamAsync(HttpMethod.Post, "/api/agent", body);
        return (string?)(await stream.ToEndAsync())[^1].Json["payload"]?["status"] != "ok";
    }

    public async Task ConfigurationIsChangedAsync()
    {
        foreach (var patch in (string[])
        [
            """{"gateway":{"port":"?"}}""", """{"gateway":{"bind":"?"}}""", """{"gateway":{"auth":{"mode":"?"}}}""", """{"gateway":{"auth":{"token":"a ? b"}}}""",
            """{"gateway":{"corsOrigins":["?"]}}""", """{"gateway":{"corsOrigins":["https://u:?@host"]}}""", """{"gateway":{"trustedProxies":["?"]}}""",
            """{"gateway":{"auth":"?"}}""", """{"models":{"idleTimeoutMs":"?"}}""", """{"providers":{"openai":"?"}}""",
            """{"agents":{"defaults":{"model":"?"}}}""", """{"cron":{"defaultTimezone":"?"}}""", """{"bindings":[{"agentId":"?","match":{"channel":"telegram"}}]}""",
            """{"gateway":{"tls":{"certFile":"relative","keyPassword":"?"}}}""", """{"gateway":{"auth":{"token":"?"}}""", """{"gateway":{"auth":{"token":"?","token":"x"}}}""", "\"?\"",
        ])
        {
            var secret = Canary.Make("refused: " + patch);
            Refused.Add(secret);
            var body = patch.Replace("?", secret.Value, StringComparison.Ordinal);
            using var validated = await SendAsync(HttpMethod.Post, "/api/config/validate", $$"""{"patch":{{body}}}""");
            using var whole = await SendAsync(HttpMethod.Post, "/api/config/validate", $$"""{"config":{{body}}}""");
            if (!patch.Contains("model\"", StringComparison.Ordinal))
            {
                using var patched = await SendAsync(HttpMethod.Patch, "/api/config", body);
                Assert.False(patched.IsSuccessStatusCode, patch);
            }
        }

        using var good = await SendAsync(HttpMethod.Patch, "/api/config", """{"cron":{"historyRetentionDays":9}}""");
        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
        await FileGoesWrongAsync("xopc.json", "configuration");
        await FileGoesWrongAsync("models.json", null);
    }

    public async Task CredentialsComeAndGoAsync()
    {
        var key = await BornAsync("xk of the API", HttpMethod.Post, "/api/keys", """{"name":"phone","scope":"read"}""", "key");
        (await SendAsync(HttpMethod.Get, "/api/sessions", null, key.Value)).Dispose();
        (await SendAsync(HttpMethod.Delete, "/api/keys/" + key.Value[3..15])).Dispose();
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(HttpMethod.Get, "/api/sessions", key.Value));

        var code = await BornAsync("code", HttpMethod.Post, "/api/auth/ticket", """{"to":"/reference"}""", "code", times: 2);
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, SslOptions = Trusting() });
        using var redeemed = await http.GetAsync(new Uri(Xopc.Url, $"/auth/redeem?code={code.Value}&to=/reference"), Wait.Cancelled);
        var cookie = redeemed.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        var secret = Birth("cookie", cookie.Split('=', 2)[1]);
        Keep("the redeeming answer", redeemed.Headers.ToString(), secret, 1);
        foreach (var presented in (string[])[cookie, cookie[..^1] + "x", cookie[..^3]])
        {
            using var page = new HttpRequestMessage(HttpMethod.Get, new Uri(Xopc.Url, "/reference"));
            page.Headers.Add("Cookie", presented);
            (await _http.SendAsync(page, Wait.Cancelled)).Dispose();
        }

        (await SendAsync(HttpMethod.Get, $"/auth/redeem?code={code.Value}", null, "")).Dispose();
        (await SendAsync(HttpMethod.Get, $"/auth/redeem?code={code.Value}&code={code.Value}", null, "")).Dispose();
    }

    public async Task LogsAreReadAsync()
    {
        using var level = await SendAsync(HttpMethod.Post, "/api/logs/level", """{"level":"trace","duration":5}""");
        Assert.Equal(HttpStatusCode.OK, level.StatusCode);
        using var follow = await StreamAsync(HttpMethod.Get, "/api/logs/stream?level=trace,debug,info,warn,error,fatal");
        Assert.Equal("connected", (await follow.NextAsync())!.Type);
        foreach (var target in (string[])["/api/logs?limit=1000", "/api/logs?limit=1000&q=token", "/api/logs?limit=1000&level=warn,error,fatal", "/api/logs?q=" + Token, "/api/security/audit", "/status", "/health", "/api/config"])
        {
            using var answer = await SendAsync(HttpMethod.Get, target);
            Assert.True(answer.IsSuccessStatusCode, $"{target}: {(int)answer.StatusCode}");
        }

        Assert.Equal("log", (await follow.NextAsync())!.Type);
    }

    public async Task CommandsAreRunAsync()
    {
        foreach (var command in (string[])
        [
            "config get", "config get gateway", "config get gateway.auth.token", "config get providers", "config schema", "config validate", "config path", "keys list", "keys list --json", "security audit",
            "agent -m " + Word, "config set cron.maxConcurrentJobs 3", "config set gateway.port nonsense", "gateway rotate-trust", "gateway rotate-trust", "no such command",
        ])
        {
            await Xopc.TryAsync(command.Split(' '));
        }

        var made = await TellAsync("keys", "create", "laptop", "--scope", "read", "--json");
        Keep("xopc keys create", made, Birth("xk of the command line", (string)JsonNode.Parse(made)!["key"]!), 1);
        var link = await TellAsync("open", "--print");
        Keep("xopc open --print", link, Birth("code of the command line", link.Split("code=")[1].Split('&')[0]), 1);
        if (_presented.Name == "gateway.auth.token")
        {
            Keep("xopc gateway token", await TellAsync("gateway", "token"), _presented, 1);
        }
    }

    public async Task ProcessesEndInEveryWayAsync()
    {
        foreach (var process in Xopc.Processes.Where(process => process.Runs))
        {
            _said.Add(("the command line of a process", process.CommandLine));
        }

        await Xopc.KillAndRestartAgentsAsync();
        if (Shape != Shape.OneProcess)
        {
            await Xopc.KillAndRestartEdgeAsync();
        }

        if (_presented.Name == "gateway.auth.token")
        {
            Credential = (await BornAsync("rotated token", HttpMethod.Post, "/api/auth/token/refresh", "{}", "token")).Value;
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(HttpMethod.Get, "/api/sessions", Token));
        }

        (await SendAsync(HttpMethod.Post, "/api/agent", $$"""{"message":"{{Word}}","session":"last"}""")).Dispose();
        foreach (var process in Xopc.Processes.Where(process => process.Runs).Reverse())
        {
            Assert.Equal(0, await process.TerminateAsync());
        }
    }

    /// <summary>Everything that left, with the place it was found in; files by their path below the home.</summary>
    public IEnumerable<(string Place, string Text)> Evidence()
    {
        foreach (var text in _wire.Heard())
        {
            yield return ("answers", text);
        }

        foreach (var process in Xopc.Processes.Where(process => !_private.Contains(process)))
        {
            yield return ("the screen of a process", process.Screen);
        }

        foreach (var kept in _said)
        {
            yield return kept;
        }

        foreach (var signal in (string[])["traces", "logs", "metrics"])
        {
            yield return ("exported " + signal, _telemetry.Of(signal));
        }

        foreach (var file in Directory.EnumerateFiles(Xopc.Home, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }))
        {
            yield return (Path.GetRelativePath(Xopc.Home, file), File.ReadAllText(file, Encoding.Latin1));
        }

        foreach (var file in Shape == Shape.OneProcess ? [] : Directory.EnumerateFiles(Xopc.Redis.DataDirectory, "*", SearchOption.AllDirectories))
        {
            yield return ("redis/" + Path.GetFileName(file), File.ReadAllText(file, Encoding.Latin1));
        }
    }

    /// <summary>The keys with which processes know each other, as they are in their file at the end.</summary>
    public IEnumerable<Canary> TrustKeys() =>
        Directory.EnumerateFiles(Path.Combine(Xopc.State, "credentials")).SelectMany(file => File.ReadAllLines(file).Where(line => line.Length >= 32).Select((line, i) => new Canary($"{Path.GetFileName(file)} {i}", line.Trim())));

    /// <summary>Every request that reached a model server: where the keys are wanted.</summary>
    public string AtModels() => string.Join('\n', Xopc.Model.Requests.Concat(_claude.Requests).SelectMany(request => request.Headers).Select(header => header.Value));

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Xopc.DisposeAsync();
        await _claude.DisposeAsync();
        await _telemetry.DisposeAsync();
    }

    private readonly HashSet<XopcProcess> _private = [];

    private static IEnumerable<string> WrongOnes(string right) => [right[..^1], right + right[^1], right[..^1] + (right[^1] == 'b' ? 'c' : 'b'), right.ToUpperInvariant(), $"{right}, {right}"];

    private static bool MakesASecret(string path, string method) => method == "post" && path is "/api/keys" or "/api/auth/ticket" or "/api/auth/token/refresh";

#pragma warning disable CA5359 // a certificate of the test's own, on loopback
    private static System.Net.Security.SslClientAuthenticationOptions Trusting() => new() { RemoteCertificateValidationCallback = (_, _, _, _) => true };
#pragma warning restore CA5359

    private async Task WriteAsync(Deployment xopc)
    {
        File.Delete(Path.Combine(xopc.State, "credentials", "gateway-token"));
        var config = Config.Document;
        var gateway = config["gateway"]!.AsObject();
        gateway["auth"]!["mode"] = _presented.Name.Split('.')[^1];
        var (certFile, keyFile) = SelfSigned.Write(xopc.Home);
        using (var certificate = X509Certificate2.CreateFromPemFile(certFile, keyFile))
        using (var key = certificate.GetECDsaPrivateKey()!)
        {
            var encryption = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1_000);
            await File.WriteAllTextAsync(keyFile, key.ExportEncryptedPkcs8PrivateKeyPem(Config["gateway.tls.keyPassword"], encryption));
        }

        (gateway["tls"]!["certFile"], gateway["tls"]!["keyFile"]) = (certFile, keyFile);
        gateway["rateLimit"] = new JsonObject { ["enabled"] = false };
        config["agents"] = new JsonObject
        {
            ["defaults"] = new JsonObject { ["model"] = "fake/echo" },
            ["list"] = new JsonArray([new JsonObject { ["id"] = "main", ["default"] = true }, .. FailingAgents.Select(agent => new JsonObject { ["id"] = agent.Key, ["model"] = agent.Value })]),
        };
        config["session"] = new JsonObject { ["autoTitle"] = "first-line" };
        await File.WriteAllTextAsync(Path.Combine(xopc.State, "xopc.json"), config.ToJsonString());
        await File.WriteAllTextAsync(Path.Combine(xopc.State, "models.json"), Models(xopc).ToJsonString());
    }

    private JsonObject Models(Deployment xopc)
    {
        JsonArray Listed() => new([.. FailingModels.Prepend("echo").Select(name => new JsonObject { ["id"] = name })]);
        var own = Listed();
        own[1]!["headers"] = new JsonObject { ["X-Model-Pass"] = ModelKeys[3].Value };
        return new JsonObject
        {
            ["providers"] = new JsonObject
            {
                ["fake"] = new JsonObject
                {
                    ["baseUrl"] = xopc.Model.BaseUrl.ToString(), ["apiKey"] = ModelKeys[0].Value, ["api"] = "openai-completions", ["models"] = own,
                    ["headers"] = new JsonObject { ["X-Secret-Token"] = ModelKeys[1].Value, ["X-Team"] = ModelKeys[2].Value },
                },
                ["variable"] = new JsonObject { ["baseUrl"] = xopc.Model.BaseUrl.ToString(), ["apiKey"] = "CANARY_MODEL_KEY", ["api"] = "openai-completions", ["models"] = Listed() },
                ["claude"] = new JsonObject { ["baseUrl"] = _claude.Address.ToString(), ["apiKey"] = ModelKeys[4].Value, ["api"] = "anthropic-messages", ["models"] = Listed() },
            },
        };
    }

    private async Task<SurfaceObjects> CreateObjectsAsync()
    {
        using var answer = await SendAsync(HttpMethod.Post, "/api/agent", $$"""{"message":"{{Word}}","session":"objects","attachments":[{"name":"{{Word}}.txt","data":"data:text/plain;base64,aGk="}]}""");
        var turn = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Wait.Cancelled))!;
        var key = (string)turn["sessionKey"]!;
        using var shown = await SendAsync(HttpMethod.Get, "/api/sessions/" + key);
        var session = JsonNode.Parse(await shown.Content.ReadAsStringAsync(Wait.Cancelled))!;
        var file = (string)session["session"]!["messages"]!.AsArray().First(message => message!["attachments"] is not null)!["attachments"]![0]!["workspaceRelativePath"]!;
        var made = await BornAsync("xk of the objects", HttpMethod.Post, "/api/keys", $$"""{"name":"{{Word}}","scope":"read"}""", "key");
        return new SurfaceObjects(Word, key, (string)turn["runId"]!, file, made.Value[3..15], "no-delivery");
    }

    // The file beside a secret is broken, by syntax and then by meaning; what runs goes on, and tells why it does.
    private async Task FileGoesWrongAsync(string name, string? check)
    {
        var path = Path.Combine(Xopc.State, name);
        var good = await File.ReadAllTextAsync(path, Wait.Cancelled);
        var (syntax, meaning) = (Canary.MakeShapeless($"beside the wrong sign in {name}"), Canary.MakeShapeless($"in the wrong place of {name}"));
        Refused.AddRange([syntax, meaning]);
        foreach (var bad in (string[])
        [
            $$"""{ "gateway": { "auth": { "token": "{{syntax.Value}}" "mode": "token" } } }""",
            $$"""{ "gateway": { "port": "{{meaning.Value}}", "auth": { "token": "{{meaning.Value}} x" } }, "providers": "{{meaning.Value}}" }""",
        ])
        {
            await File.WriteAllTextAsync(path, bad, Wait.Cancelled);
            (await SendAsync(HttpMethod.Post, "/api/config/reload")).Dispose();
            if (check is not null)
            {
                using var status = await SendAsync(HttpMethod.Get, "/status");
                Assert.Contains("degraded", await status.Content.ReadAsStringAsync(Wait.Cancelled), StringComparison.Ordinal);
            }
            else
            {
                await Wait.UntilAsync(() => Task.FromResult(Xopc.Screens().Contains(name, StringComparison.Ordinal)), () => $"Nobody noticed the wrong {name}.");
            }

            (await SendAsync(HttpMethod.Get, "/api/config")).Dispose();
            (await SendAsync(HttpMethod.Patch, "/api/config", """{"cron":{"historyRetentionDays":8}}""")).Dispose();
            (await SendAsync(HttpMethod.Get, "/api/models")).Dispose();
            await Xopc.TryAsync("config", "validate");
            await Xopc.TryAsync("config", "get");
            await Xopc.TryAsync("security", "audit");
        }

        await File.WriteAllTextAsync(path, good, Wait.Cancelled);
        (await SendAsync(HttpMethod.Post, "/api/config/reload")).Dispose();
    }

    // An answer that hands a new secret out, once: it is kept without it.
    private async Task<Canary> BornAsync(string name, HttpMethod method, string target, string body, string field, int times = 1)
    {
        using var http = new HttpClient(new SocketsHttpHandler { SslOptions = Trusting() }) { Timeout = Wait.Generous };
        using var request = Request(method, target, body, Credential);
        using var response = await http.SendAsync(request, Wait.Cancelled);
        var text = await response.Content.ReadAsStringAsync(Wait.Cancelled);
        Assert.True(response.IsSuccessStatusCode, $"{target}: {(int)response.StatusCode} {text}");
        var born = Birth(name, (string)JsonNode.Parse(text)!["payload"]![field]!);
        Keep($"{method} {target}", response.Headers + text, born, times);
        return born;
    }

    private Canary Birth(string name, string value)
    {
        var born = new Canary(name, value);
        _born.Add(born);
        return born;
    }

    private void Keep(string place, string text, Canary secret, int times)
    {
        Assert.Equal(times, text.Split(secret.Value).Length - 1);
        _said.Add((place, text.Replace(secret.Value, "", StringComparison.Ordinal)));
    }

    // A command that may say a secret: what it said is kept without it.
    private async Task<string> TellAsync(params string[] args)
    {
        var before = Xopc.Processes.Count;
        var said = await Xopc.RunAsync(args);
        _private.Add(Xopc.Processes[before]);
        return said;
    }

    private async Task<HttpStatusCode> StatusAsync(HttpMethod method, string target, string credential)
    {
        using var response = await SendAsync(method, target, null, credential);
        return response.StatusCode;
    }

    private HttpRequestMessage Request(HttpMethod method, string target, string? body, string credential)
    {
        var request = new HttpRequestMessage(method, new Uri(Xopc.Url, target));
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        if (credential.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + credential);
        }

        return request;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string target, string? body = null, string? credential = null)
    {
        using var request = Request(method, target, body, credential ?? Credential);
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Wait.Cancelled);
        if (response.Content.Headers.ContentType?.MediaType != "text/event-stream")
        {
            await response.Content.LoadIntoBufferAsync(Wait.Cancelled);
        }

        return response;
    }

    private async Task<SseReader> StreamAsync(HttpMethod method, string target, string? body = null)
    {
        using var request = Request(method, target, body, Credential);
        request.Headers.Add("Accept", "text/event-stream");
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Wait.Cancelled);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return new SseReader(response, await response.Content.ReadAsStreamAsync(Wait.Cancelled), Wait.Generous, breakIsEnd: true, Wait.Cancelled);
    }
}
