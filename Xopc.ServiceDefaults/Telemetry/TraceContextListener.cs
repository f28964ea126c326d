using System.Diagnostics;
using Microsoft.Extensions.Hosting;

namespace Xopc.ServiceDefaults.Telemetry;

/// <summary>
/// Without an exporter nobody listens to our sources, so a request would have no trace, a message would lose its own at the first stream and their log lines the <c>traceId</c>.
/// This listener asks for ids only: spans are created but record nothing and end nowhere.
/// </summary>
internal sealed class TraceContextListener : IHostedLifecycleService, IDisposable
{
    private const string Requests = "Microsoft.AspNetCore";

    private readonly ActivityListener _listener = new()
    {
        ShouldListenTo = source => source.Name is Requests || source.Name.StartsWith("Xopc.", StringComparison.Ordinal),
        Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.PropagationData,
    };

    // Before any worker starts, so that the first message has its ids too.
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        ActivitySource.AddActivityListener(_listener);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _listener.Dispose();
}
