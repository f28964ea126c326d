namespace Xopc.Cli.Hosting;

/// <summary>Leaves signals to the verb that runs the host: the default lifetime swallows the second Ctrl+C too, and then nothing ends a host that hangs.</summary>
internal sealed class QuietLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
