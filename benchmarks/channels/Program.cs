using System.Globalization;
using System.Runtime.InteropServices;
using Xopc.ChannelLoad;
using Xopc.Load.Model;
using Xopc.Load.Wire;

// One program: the load generator with the Bot API server, and as a process of its own the model.
switch (args)
{
    case ["fake-model", var port]:
        await ServeModelAsync(int.Parse(port, CultureInfo.InvariantCulture));
        return 0;
    case ["--help" or "-h", ..]:
        Console.WriteLine(RunOptions.Usage);
        return 0;
    default:
        return await Harness.MainAsync(args);
}

static async Task ServeModelAsync(int port)
{
    var stop = new TaskCompletionSource();
    using var signal = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
    {
        context.Cancel = true;
        stop.TrySetResult();
    });
    await using var server = WireServer.Start(port, new FakeModel().HandleAsync);
    await stop.Task;
}
