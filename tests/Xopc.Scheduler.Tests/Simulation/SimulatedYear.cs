using Xopc.Contracts.Messages;
using Xopc.Scheduler.Jobs;
using Xopc.Scheduler.Occurrences;
using Xopc.Scheduler.Schedules;
using Xopc.Scheduler.Tests.Occurrences;
using Xopc.Testing.Faults;

namespace Xopc.Scheduler.Tests.Simulation;

/// <summary>
/// Two schedulers on one database over a long time: downtime, clocks that jump, deaths between every two steps, jobs that change, results that come late, twice or never. All
/// of it follows from a seed.
/// </summary>
internal sealed class SimulatedYear : IAsyncDisposable
{
    private const string Config = """{"cron":{"maxConcurrentJobs":4}}""";

    private static readonly string[] Jobs =
    [
        """{"id":"skip","schedule":"*/10 * * * *","message":"m","missed":"skip"}""",
        """{"id":"latest","schedule":"17 * * * *","timezone":"Europe/Berlin","message":"m","missed":"latest","maxRetries":2}""",
        """{"id":"all","schedule":"30 2 * * *","timezone":"America/New_York","message":"m","missed":{"policy":"all","max":5,"maxLatenessSeconds":172800}}""",
        """{"id":"queue","schedule":{"kind":"every","expression":"7m"},"message":"m","overlap":"queue","timeout":300000}""",
        """{"id":"event","schedule":"0 9 * * 1-5","timezone":"Asia/Kolkata","payload":{"kind":"systemEvent","text":"t"}}""",
        """{"id":"cancel","schedule":{"kind":"every","expression":"45m"},"message":"m","overlap":"cancel-previous","maxRetries":0}""",
        """{"id":"often","schedule":"*/30 * * * * *","message":"m","enabled":false}""",
        """{"id":"month","schedule":"0 0 1 * *","timezone":"Australia/Lord_Howe","message":"m","missed":{"policy":"latest","maxLatenessSeconds":86400}}""",
    ];

    private readonly Random _random;
    private readonly CronRig _rig = new(Config);
    private readonly List<(string Id, string Occurrence)> _pending = [];
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (Job Job, long FromMs)> _open = [];
    private readonly StumblingDatabase[] _databases = new StumblingDatabase[2];
    private readonly SchedulerProcess[] _processes = new SchedulerProcess[2];

    public SimulatedYear(int seed)
    {
        _random = new Random(seed);
        Restart(0);
        Restart(1);
    }

    /// <summary>What was due, by job: the spans in which it was as it was.</summary>
    public List<(Job Job, long FromMs, long UntilMs)> Spans { get; } = [];

    public int Deaths { get; private set; }

    public int Jumps { get; private set; }

    public CronRig Rig => _rig;

    public async Task LiveAsync(TimeSpan time)
    {
        foreach (var json in Jobs)
        {
            Begin(await _rig.AddAsync(json), _rig.NowMs);
        }

        for (var lived = TimeSpan.Zero; lived < time;)
        {
            var step = Step();
            lived += step;
            _rig.Clock.Advance(step);
            await HappenAsync();
        }

        await EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            process.Dispose();
        }

        await _rig.DisposeAsync();
    }

    private TimeSpan Step() => _random.Next(1_000) switch
    {
        < 2 => TimeSpan.FromHours(_random.Next(1, 60)), // nothing runs for a while
        < 8 => TimeSpan.FromMinutes(_random.Next(10, 90)),
        < 150 => TimeSpan.FromSeconds(_random.Next(1, 600)),
        _ => UntilAsked(),
    };

    // The clock wakes one of them when it was asked to, and some time after that.
    private TimeSpan UntilAsked()
    {
        var wait = (_processes[_random.Next(2)].Clock.Asked ?? _rig.Clock.GetUtcNow()) - _rig.Clock.GetUtcNow();
        return (wait > TimeSpan.Zero && wait < TimeSpan.FromHours(1) ? wait : TimeSpan.FromSeconds(30)) + TimeSpan.FromMilliseconds(_random.Next(1, 700));
    }

    private async Task HappenAsync()
    {
        if (_random.Next(1_000) < 4)
        {
            Jumps++;
            var hours = _random.Next(4) switch { 0 => 1, 1 => -1, 2 => 24, _ => -24 };
            _rig.Clock.AdjustTime(_rig.Clock.GetUtcNow().AddHours(hours));
        }

        if (_random.Next(200) == 0)
        {
            await ChangeAsync();
        }

        await SweepAsync(_random.Next(2));
        await TakeAsync();
        for (var reports = _random.Next(4); reports > 0 && _pending.Count > 0; reports--)
        {
            await ReportAsync();
        }
    }

    private async Task SweepAsync(int which)
    {
        var other = 1 - which;
        _databases[other].Overtaken = null; // one that found nothing to write has kept it, and would wait for this one
        if (_random.Next(10) == 0)
        {
            _databases[which].Overtaken = () => GuardedAsync(other, () => _processes[other].Worker.SweepAsync(CronRig.Cancelled));
        }

        if (_random.Next(20) == 0)
        {
            _databases[which].DieAfter(_random.Next(1, 12));
        }

        await GuardedAsync(which, () => _processes[which].Worker.SweepAsync(CronRig.Cancelled));
    }

    private async Task GuardedAsync(int which, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (HostDiedException)
        {
            Deaths++;
            Restart(which);
        }
    }

    private void Restart(int which)
    {
        _processes[which]?.Dispose();
        _databases[which] = new StumblingDatabase(_rig.Database);
        _processes[which] = _rig.Start(_databases[which]);
    }

    // Somebody switches a job off or on, or gives it another name; what was due before is the job's as it was.
    private async Task ChangeAsync()
    {
        var stored = (await _rig.One.Jobs.ListAsync(null, 100, CronRig.Cancelled)).Jobs;
        var row = stored[_random.Next(stored.Count)];
        var enable = _random.Next(2) == 0;
        var job = row.Job! with { Name = $"n{_random.Next(100)}", Enabled = enable };
        var change = await _rig.One.Jobs.UpdateAsync(job, row.Version, CronRig.Cancelled);
        Assert.Equal(JobChangeOutcome.Done, change.Outcome);
        Close(row.Id, change.Stored!.AccountedMs);
        if (enable)
        {
            Begin(job, change.Stored.AccountedMs);
        }
    }

    private void Begin(Job job, long fromMs)
    {
        if (job.Enabled)
        {
            _open[job.Id] = (job, fromMs);
        }
    }

    private void Close(string id, long untilMs)
    {
        if (_open.Remove(id, out var span))
        {
            Spans.Add((span.Job, span.FromMs, untilMs));
        }
    }

    private async Task TakeAsync()
    {
        foreach (var (id, request) in await _rig.TurnsAsync())
        {
            if (request.Command is null)
            {
                Assert.True(_asked.Add(id), $"The turn {id} was asked for twice.");
                _pending.Add((id, request.OccurrenceId!));
            }
        }

        await _rig.TakeAsync();
    }

    private async Task ReportAsync()
    {
        var at = _random.Next(_pending.Count);
        var (id, occurrence) = _pending[at];
        var outcome = _random.Next(10) switch { 0 => "failed", 1 => "unknown", 2 => "cancelled", _ => "ran" };
        await _rig.ReportAsync(new OccurrenceReported(occurrence, outcome, TurnId: id));
        if (_random.Next(10) > 0)
        {
            _pending.RemoveAt(at); // else it is reported once more
        }
    }

    // Everything that was let run comes to an end: reported, or given up.
    private async Task EndAsync()
    {
        _rig.Clock.Advance(TimeSpan.FromDays(2)); // beyond every jump back
        await _rig.SweepAsync();
        foreach (var row in (await _rig.One.Jobs.ListAsync(null, 100, CronRig.Cancelled)).Jobs)
        {
            var change = await _rig.One.Jobs.SetEnabledAsync(row.Id, false, CronRig.Cancelled);
            Close(row.Id, change.Stored!.AccountedMs);
        }

        for (var rounds = 0; await OpenAsync() > 0 && rounds < 2_000; rounds++)
        {
            _rig.Clock.Advance(TimeSpan.FromMinutes(3));
            await _rig.SweepAsync();
            await TakeAsync();
        }
    }

    private async Task<long> OpenAsync() =>
        await _rig.Database.ReadAsync(static reader => reader.Scalar("SELECT COUNT(*) FROM occurrences WHERE ended_ms IS NULL") as long? ?? 0, CronRig.Cancelled);

    /// <summary>Each due instant of a job, as the schedule alone says it.</summary>
    public List<long> Due(string job) =>
    [
        .. Spans.Where(span => span.Job.Id == job)
            .SelectMany(span => DueInstants.Between(span.Job, ScheduleOf(span.Job), span.FromMs, span.UntilMs)),
    ];

    private static Schedule ScheduleOf(Job job) => job.Schedule.Compile("UTC", out _)!;
}
