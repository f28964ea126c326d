namespace Xopc.Load.Processes;

/// <summary>Starts gateways, each with an empty state directory of its own, all with the fake model as their only one.</summary>
internal sealed class GatewayLaunch(IReadOnlyList<string> command, string stateRoot, int modelPort, bool telemetry)
{
    public const int MaxEventClients = 2000;

    /// <summary>48 hex digits: the shape of a generated token.</summary>
    public const string Token = "4f1d0b6c9a7e3582d1c4f7a0936be2581f0c7d3a9e6b4852";

    private int _started;

    public async Task<ChildProcess> StartAsync(CancellationToken cancellationToken)
    {
        var home = Path.Combine(stateRoot, $"gateway-{++_started}");
        var state = Path.Combine(home, ".xopc");
        Directory.CreateDirectory(state);
        await File.WriteAllTextAsync(
            Path.Combine(state, "xopc.json"),
            $$$"""{"agents":{"defaults":{"model":"load/echo"}},"gateway":{"maxSseConnections":{{{MaxEventClients}}}}}""", cancellationToken);
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
        return await ChildProcess.StartAsync([.. command, "gateway", "--port", $"{port}"], port, "/health", environment, cancellationToken);
    }
}
