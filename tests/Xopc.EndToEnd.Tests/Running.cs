namespace Xopc.EndToEnd.Tests;

/// <summary>One deployment for all tests of a class: each uses sessions of its own, and starts again what it stops.</summary>
public abstract class Running(Shape shape) : IAsyncLifetime
{
    internal Deployment Xopc { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Xopc = await Deployment.StartAsync(shape);

    public async ValueTask DisposeAsync()
    {
        await Xopc.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

public sealed class RunningAsOne() : Running(Shape.OneProcess);

public sealed class RunningAsBundle() : Running(Shape.Bundle);
