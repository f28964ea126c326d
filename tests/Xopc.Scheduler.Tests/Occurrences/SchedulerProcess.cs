using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using System.Diagnostics.Metrics;
using Xopc.Configuration;
using Xopc.Scheduler.Jobs;
using Xopc.Scheduler.Occurrences;
using Xopc.Storage;

namespace Xopc.Scheduler.Tests.Occurrences;

/// <summary>What one process of the role has, over a database that others may share.</summary>
internal sealed class SchedulerProcess : IDisposable
{
    private readonly ServiceProvider _meters = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public SchedulerProcess(Database database, ConfigStore configuration, TimeProvider clock)
    {
        News = new OccurrenceNews(Events, configuration, _meters.GetRequiredService<IMeterFactory>());
        Jobs = new JobStore(database, configuration, Wake, clock);
        Ledger = new OccurrenceLedger(database, Wake, clock);
        Reports = new OccurrenceReports(configuration, News, Wake, clock);
        State = new SweepState(clock);
        Sweep = new Sweep(
            database, configuration, new OccurrenceDispatch(configuration, News), new OccurrenceDeadlines(configuration, News), News, clock, NullLogger<Sweep>.Instance);
        Worker = new SweepWorker(
            Sweep, new NextInstants(database, NullLogger<NextInstants>.Instance), Wake, State, Clock, configuration, clock, NullLogger<SweepWorker>.Instance);
    }

    public FakeEvents Events { get; } = new();

    public FakeSweepClock Clock { get; } = new();

    public SweepWake Wake { get; } = new();

    public OccurrenceNews News { get; }

    public JobStore Jobs { get; }

    public OccurrenceLedger Ledger { get; }

    public OccurrenceReports Reports { get; }

    public SweepState State { get; }

    public Sweep Sweep { get; }

    public SweepWorker Worker { get; }

    public void Dispose()
    {
        Worker.Dispose();
        _meters.Dispose();
    }
}
