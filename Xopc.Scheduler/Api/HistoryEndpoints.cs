using System.Globalization;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.Scheduler.Jobs;
using Xopc.Scheduler.Occurrences;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Scheduler.Api;

/// <summary>What became of the jobs' due instants, and runs that somebody asks for.</summary>
internal static class HistoryEndpoints
{
    public static void MapHistory(this IEndpointRouteBuilder routes)
    {
        var cron = routes.MapGroup("/api/cron");
        cron.Route("job", "The job's id");
        cron.MapGet("/metrics", MetricsAsync).RequireScope(OperatorScope.Read).WholeInstallation().WithSummary("All jobs in numbers").Answers<CronMetrics>();
        cron.MapGet("/runs/history", RunsAsync).RequireScope(OperatorScope.Read).WithSummary("What became of the due instants of all jobs, newest first")
            .Query("limit", "50", 1, OccurrenceLedger.LargestPage).Query("cursor", "nextCursor of the page before").Answers<RunsHistory>();
        cron.MapGet("/{job}/history", HistoryAsync).RequireScope(OperatorScope.Read).WithSummary("What became of a job's due instants, newest first")
            .Query("limit", "10", 1, OccurrenceLedger.LargestPage).Query("cursor", "nextCursor of the page before").Answers<JobHistory>().Fails(ErrorCode.NotFound);
        cron.MapPost("/trigger", TriggerAsync).RequireScope(OperatorScope.Write).WithSummary("Run a job now; answered when that is written down, not when it has run")
            .Takes<TriggerBody>("job_id").Answers<JobTriggered>().Fails(ErrorCode.NotFound, ErrorCode.Conflict, ErrorCode.SessionBusy);
        cron.MapPost("/{job}/run", RunNowAsync).RequireScope(OperatorScope.Write).WithSummary("Another way to ask for /api/cron/trigger")
            .Answers<JobRunAnswer>().Fails(ErrorCode.NotFound, ErrorCode.Conflict, ErrorCode.SessionBusy);
        cron.MapPost("/{job}/acknowledge", AcknowledgeAsync).RequireScope(OperatorScope.Write).WithSummary("Take the mark off a job that failed again and again")
            .Answers<JobAcknowledged>().Fails(ErrorCode.NotFound);
    }

    private static async Task<IResult> MetricsAsync(HttpContext context, JobStore store) =>
        ApiJson.Result(CronShapes.Of(await store.MetricsAsync(context.RequestAborted)), SchedulerJson.Default.CronMetrics);

    private static async Task<IResult> HistoryAsync(string job, HttpContext context, JobStore store, OccurrenceLedger ledger, ConfigStore configuration)
    {
        var limit = Paging.Limit(context.Request.Query, 10, OccurrenceLedger.LargestPage);
        var before = Paging.Cursor(context.Request.Query);
        var row = await CronEndpoints.FindAsync(job, context, store, configuration);
        var page = await ledger.ListAsync(row.Id, before, limit, context.RequestAborted);
        return ApiJson.Result(new JobHistory([.. page.Occurrences.Select(static one => CronShapes.Of(one))], Cursor(page.Before)), SchedulerJson.Default.JobHistory);
    }

    private static async Task<IResult> RunsAsync(HttpContext context, JobStore store, OccurrenceLedger ledger, ConfigStore configuration)
    {
        var (limit, before) = (Paging.Limit(context.Request.Query, 50, OccurrenceLedger.LargestPage), Paging.Cursor(context.Request.Query));
        var (principal, agents) = (context.GetPrincipal(), configuration.Router.Agents);
        var jobs = new Dictionary<string, StoredJob?>(StringComparer.Ordinal); // of this page
        var seen = new List<Occurrence>();
        for (var more = true; more && seen.Count <= limit;)
        {
            var page = await ledger.ListAsync(null, before, limit, context.RequestAborted);
            foreach (var row in page.Occurrences)
            {
                if (!jobs.TryGetValue(row.JobId, out var job))
                {
                    jobs[row.JobId] = job = await store.FindAsync(row.JobId, context.RequestAborted);
                }

                if (!principal.IsRestricted || (job is not null && CronAccess.MaySee(principal, job, agents)))
                {
                    seen.Add(row);
                }
            }

            (before, more) = (page.Before, page.Before is not null);
        }

        var shown = seen.Take(limit).ToList();
        return ApiJson.Result(
            new RunsHistory(
                [.. shown.Select(row => CronShapes.Of(row, jobs.GetValueOrDefault(row.JobId)?.Job?.Name))], seen.Count > limit || before is not null ? Cursor(shown[^1].Seq) : null),
            SchedulerJson.Default.RunsHistory);
    }

    private static async Task<IResult> TriggerAsync(HttpContext context, JobStore store, OccurrenceLedger ledger, ConfigStore configuration)
    {
        var body = await ApiJson.ReadAsync(context, SchedulerJson.Default.TriggerBody, 16 * 1024);
        if (string.IsNullOrWhiteSpace(body.JobId))
        {
            return new ApiError(ErrorCode.InvalidRequest, "job_id is missing.");
        }

        return await RunAsync(body.JobId, context, store, ledger, configuration) is { } row
            ? ApiJson.Result(new JobTriggered("ok", "Task triggered", row.Id), SchedulerJson.Default.JobTriggered)
            : Busy();
    }

    private static async Task<IResult> RunNowAsync(string job, HttpContext context, JobStore store, OccurrenceLedger ledger, ConfigStore configuration) =>
        await RunAsync(job, context, store, ledger, configuration) is { } row ? ApiJson.Result(new JobRunAnswer(true, row.Id), SchedulerJson.Default.JobRunAnswer) : Busy();

    // Null: as many of it as may wait do.
    private static async Task<Occurrence?> RunAsync(string job, HttpContext context, JobStore store, OccurrenceLedger ledger, ConfigStore configuration)
    {
        var row = await CronEndpoints.FindAsync(job, context, store, configuration);
        var result = await ledger.TriggerAsync(row.Id, context.GetPrincipal().Id, CancellationToken.None);
        return result.Outcome switch
        {
            TriggerOutcome.Accepted => result.Occurrence,
            TriggerOutcome.Full => null,
            TriggerOutcome.Damaged => throw new ApiException(ErrorCode.Conflict, $"The job's row is damaged ({row.Damage}); remove it and create it anew."),
            _ => throw CronEndpoints.NotFound(),
        };
    }

    private static async Task<IResult> AcknowledgeAsync(string job, HttpContext context, JobStore store, OccurrenceLedger ledger, ConfigStore configuration)
    {
        var row = await CronEndpoints.FindAsync(job, context, store, configuration);
        return await ledger.AcknowledgeAsync(row.Id, CancellationToken.None) ? ApiJson.Result(new JobAcknowledged(true), SchedulerJson.Default.JobAcknowledged) : throw CronEndpoints.NotFound();
    }

    private static ApiError Busy() =>
        new(ErrorCode.SessionBusy, $"{OccurrenceLedger.WaitingPerJob} runs of this job are waiting; none was added.", TimeSpan.FromSeconds(30));

    private static string? Cursor(long? before) => before?.ToString(CultureInfo.InvariantCulture);
}
