using Xopc.Load.Checks;
using Xopc.Load.Processes;
using Xopc.Load.Report;
using Xopc.Load.Scenarios;

namespace Xopc.Load;

/// <summary>What the scenarios of one run share: the fake model, the gateway under load, the table.</summary>
internal sealed class Bench(LoadOptions options, Sizes sizes, LoadReport report, ChildProcess model, GatewayLaunch launch, IReadOnlyList<string> self, string directory)
    : IAsyncDisposable
{
    private ChildProcess? _gateway;

    public LoadOptions Options => options;

    public Sizes Sizes => sizes;

    public LoadReport Report => report;

    public ChildProcess Model => model;

    public GatewayLaunch Launch => launch;

    /// <summary>On the disk that carries the gateways' databases.</summary>
    public string Directory => directory;

    public string GatewaySaid => _gateway?.Said ?? "";

    /// <summary>The gateway that all turns go through, warmed up: memory after load is its memory.</summary>
    public async Task<ChildProcess> GatewayAsync(CancellationToken cancellationToken)
    {
        if (_gateway is null)
        {
            _gateway = await launch.StartAsync(cancellationToken);
            await MemoryScenario.IdleAsync(this, _gateway, cancellationToken);
            await WarmUpAsync(_gateway.Port, cancellationToken);
        }

        return _gateway;
    }

    /// <summary>An empty ASP.NET process with the event endpoint and nothing else.</summary>
    public Task<ChildProcess> StartBaselineAsync(CancellationToken cancellationToken)
    {
        // The collector that ASP.NET programs get by default, as the gateway has it; the harness itself runs with a leaner one.
        var environment = ChildProcess.CleanEnvironment();
        environment["DOTNET_gcServer"] = "1";
        environment["DOTNET_gcConcurrent"] = "1";
        environment["DOTNET_TieredPGO"] = "1";
        var port = ChildProcess.FreePort();
        return ChildProcess.StartAsync([.. self, "empty-endpoint", $"{port}"], port, "/health", environment, cancellationToken);
    }

    public Task<ITurnClient[]> GatewayClientsAsync(int count, bool stream, int port, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => GatewayClient.OpenAsync(port, stream, cancellationToken)));

    public Task<ITurnClient[]> ModelClientsAsync(int count, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => ModelClient.OpenAsync(model.Port, cancellationToken)));

    /// <summary>Whatever is not right ends up in the report.</summary>
    public void Conclude(string scenario, AnswerBook book)
    {
        if (book.Bad > 0)
        {
            report.Fail($"{scenario}: {book}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }
    }

    private async Task WarmUpAsync(int port, CancellationToken cancellationToken)
    {
        const int clientCount = 4;
        foreach (var (name, clients) in new[]
        {
            ("warm-json", await GatewayClientsAsync(clientCount, stream: false, port, cancellationToken)),
            ("warm-sse", await GatewayClientsAsync(clientCount, stream: true, port, cancellationToken)),
            ("warm-model", await ModelClientsAsync(clientCount, cancellationToken)),
        })
        {
            var book = new AnswerBook();
            await new ClosedLoop(clients, name, sizes.TokensPerAnswer, book).TurnsAsync(
                (sizes.WarmUpTurns / clientCount / 2) + 1, options.TurnsPerSession, cancellationToken);
            Array.ForEach(clients, static client => client.Dispose());
            Conclude("warm-up", book);
        }
    }
}
