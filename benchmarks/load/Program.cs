using Xopc.Load;
using Xopc.Load.Baseline;
using Xopc.Load.Model;
using Xopc.Load.SelfTest;
using Xopc.Load.Wire;

// One program, four parts: the load generator, and as processes of their own what it needs beside it.
switch (args)
{
    case ["fake-model", var port]:
        await ServeAsync(int.Parse(port), new FakeModel().HandleAsync);
        return 0;
    case ["empty-endpoint", var port]:
        await EmptyEndpoint.RunAsync(int.Parse(port));
        return 0;
    case ["stub-gateway", var faults, "gateway", "--port", var port]:
        await ServeAsync(int.Parse(port), new StubGateway(Enum.Parse<StubFault>(faults)).HandleAsync);
        return 0;
    case ["--help" or "-h"]:
        Console.WriteLine(LoadOptions.Usage);
        return 0;
    default:
        return await Harness.MainAsync(args);
}

static async Task ServeAsync(int port, Func<WireExchange, CancellationToken, ValueTask> handler)
{
    var stop = new TaskCompletionSource();
    using var signal = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, context =>
    {
        context.Cancel = true;
        stop.TrySetResult();
    });
    await using var server = WireServer.Start(port, handler);
    await stop.Task;
}
