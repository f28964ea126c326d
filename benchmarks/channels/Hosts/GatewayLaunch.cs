using System.Text.Json.Nodes;
using Xopc.Load.Processes;
using Xopc.Testing.Telegram;

namespace Xopc.ChannelLoad.Hosts;

/// <summary>Starts gateways, each with an empty state directory of its own, with the fake model as their only one and Telegram accounts at a Bot API server.</summary>
internal sealed class GatewayLaunch(string program, string stateRoot, int modelPort, bool telemetry)
{
    /// <summary>48 hex digits: the shape of a generated token.</summary>
    public const string Token = "4f1d0b6c9a7e3582d1c4f7a0936be2581f0c7d3a9e6b4852";

    private int _started;

    /// <param name="debounceMs">0: every message is a turn of its own.</param>
    public async Task<Gateway> StartAsync(TelegramServer telegram, IReadOnlyDictionary<string, string> tokens, int debounceMs, CancellationToken cancellationToken)
    {
        var home = Path.Combine(stateRoot, $"gateway-{++_started}");
        var state = Path.Combine(home, ".xopc");
        Directory.CreateDirectory(state);
        await File.WriteAllTextAsync(Path.Combine(state, "xopc.json"), Configuration(telegram, tokens, debounceMs).ToJsonString(), cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(state, "models.json"),
            $$"""{"providers":{"load":{"baseUrl":"http://127.0.0.1:{{modelPort}}/v1","apiKey":"k","api":"openai-completions","models":[{"id":"echo"}]} } }""",
            cancellationToken);

        var environment = ChildProcess.CleanEnvironment();
        environment["HOME"] = home;
        environment["XOPC_STATE_DIR"] = state;
        environment["XOPC_GATEWAY_TOKEN"] = Token;
        environment["XOPC_DETECT_OLLAMA"] = "false";
        if (telemetry)
        {
            environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{modelPort}";
            environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        }

        var port = ChildProcess.FreePort();
        return new Gateway(await ChildProcess.StartAsync([program, "gateway", "--port", $"{port}"], port, "/health", environment, cancellationToken), Path.Combine(state, "data"));
    }

    private static JsonObject Configuration(TelegramServer telegram, IReadOnlyDictionary<string, string> tokens, int debounceMs) => new()
    {
        ["agents"] = new JsonObject { ["defaults"] = new JsonObject { ["model"] = "load/echo" } },
        ["session"] = new JsonObject { ["dmScope"] = "per-account-channel-peer" },
        ["channels"] = new JsonObject
        {
            ["telegram"] = new JsonObject
            {
                ["apiRoot"] = telegram.Address.ToString().TrimEnd('/'),
                ["dmPolicy"] = "open",
                ["streamMode"] = "off",
                ["debounceMs"] = debounceMs,
                ["accounts"] = new JsonObject(tokens.Select(account => KeyValuePair.Create(account.Key, (JsonNode?)new JsonObject { ["botToken"] = account.Value }))),
            },
        },
    };
}
