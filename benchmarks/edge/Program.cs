using System.Globalization;
using System.Runtime.InteropServices;
using Xopc.EdgeLoad;
using Xopc.EdgeLoad.Driving;
using Xopc.EdgeLoad.Hosts;
using Xopc.Load.Wire;

// One program: the load generator, and as processes of their own what it compares.
switch (args)
{
    case ["bare", var port, var socket]:
        await MeasuredHosts.BareAsync(Number(port), socket);
        return 0;
    case ["edge", var port]:
        await MeasuredHosts.EdgeAsync(Number(port));
        return 0;
    case ["plain-proxy", var port, var socket]:
        await MeasuredHosts.PlainProxyAsync(Number(port), socket);
        return 0;
    case ["proxying-edge", var port, var socket]:
        await MeasuredHosts.ProxyingEdgeAsync(Number(port), socket);
        return 0;
    case ["signed-service", var port, var socket]:
        await MeasuredHosts.SignedServiceAsync(Number(port), socket);
        return 0;
    case ["flood", var port, var victim, var kind, var slow]:
        await Flood.RunAsync(Number(port), Number(victim), kind == "fresh", Number(slow));
        return 0;
    case ["sink", var port]:
        await TakeTelemetryAsync(Number(port));
        return 0;
    case ["--help" or "-h"]:
        Console.WriteLine(RunOptions.Usage);
        return 0;
    default:
        return await Harness.MainAsync(args);
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

// Takes what is exported and throws it away.
static async Task TakeTelemetryAsync(int port)
{
    var stop = new TaskCompletionSource();
    using var signal = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
    {
        context.Cancel = true;
        stop.TrySetResult();
    });
    await using var server = WireServer.Start(port, static (exchange, cancellationToken) => exchange.AnswerJsonAsync(200, "{}"u8, cancellationToken));
    await stop.Task;
}
