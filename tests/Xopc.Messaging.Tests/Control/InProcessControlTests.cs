using Xopc.Messaging.Tests.Support;

namespace Xopc.Messaging.Tests.Control;

public sealed class InProcessControlTests : ControlContract
{
    private TestProcess? _process;

    protected override IControlBroadcast Sender => _process!.Control;

    protected override IControlBroadcast Elsewhere => _process!.Control;

    public override async ValueTask InitializeAsync() => _process = await TestProcess.StartAsync(redis: null, "{xopc}:");

    public override ValueTask DisposeAsync() => _process!.DisposeAsync();
}
