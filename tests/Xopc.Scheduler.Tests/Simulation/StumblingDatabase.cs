using Xopc.Storage;
using Xopc.Testing.Faults;

namespace Xopc.Scheduler.Tests.Simulation;

/// <summary>A database whose process dies at a step that was chosen, or is overtaken by another one between its look and its write.</summary>
internal sealed class StumblingDatabase(Database inner) : Database
{
    private int _stepsToDeath = int.MaxValue;

    public override string Name => inner.Name;

    public override DatabaseHealth Health => inner.Health;

    /// <summary>What happens before the next write, once.</summary>
    public Func<Task>? Overtaken { get; set; }

    /// <summary>The process dies at the step that comes so many steps from now: before a look, before a write, within it, after it.</summary>
    public void DieAfter(int steps) => _stepsToDeath = steps;

    public override async Task<T> WriteAsync<T>(Func<DatabaseTransaction, T> work, Durability durability, CancellationToken cancellationToken)
    {
        if (Overtaken is { } overtaken)
        {
            Overtaken = null;
            await overtaken();
        }

        Step();
        var result = await inner.WriteAsync(
            tx =>
            {
                var made = work(tx);
                Step();
                return made;
            },
            durability, cancellationToken);
        Step();
        return result;
    }

    public override ValueTask<T> ReadAsync<T>(Func<DatabaseReader, T> work, CancellationToken cancellationToken)
    {
        Step();
        return inner.ReadAsync(work, cancellationToken);
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Step()
    {
        if (--_stepsToDeath <= 0)
        {
            _stepsToDeath = 0; // it stays dead
            throw new HostDiedException("a step of the simulation");
        }
    }
}
