using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.Scheduler.Jobs;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Scheduler.Api;

/// <summary><c>/api/cron</c>: the jobs. What became of them is <see cref="HistoryEndpoints"/>.</summary>
internal static class CronEndpoints
{
    // The text as JSON at its worst, six bytes a character, and the rest of the job.
    private const int MaxBodyBytes = (6 * 50_000) + (16 * 1024);
    private const int MaxFirings = 100;

    public static void MapJobs(this IEndpointRouteBuilder routes)
    {
        var cron = routes.MapGroup("/api/cron");
        cron.Route("job", "The job's id");
        cron.MapGet("", ListAsync).RequireScope(OperatorScope.Read).WithSummary("Scheduled jobs, in the order of their ids")
            .Query("limit", "200", 1, JobStore.LargestPage).Query("cursor", "nextCursor of the page before").Answers<JobsAnswer>();
        foreach (var path in (string[])["", "/create"])
        {
            cron.MapPost(path, CreateAsync).RequireScope(OperatorScope.Write).WithSummary(path.Length == 0 ? "Create a scheduled job" : "Another name of POST /api/cron")
                .Takes<JobBody>("schedule", "message|payload").Answers<JobCreated>(StatusCodes.Status201Created).Fails(ErrorCode.NotFound, ErrorCode.Conflict);
        }

        cron.MapPost("/preview", PreviewAsync).RequireScope(OperatorScope.Read).WithSummary("When a schedule would be due, and what it says in words")
            .Takes<PreviewBody>("schedule").Answers<PreviewAnswer>();
        cron.MapGet("/{job}", GetAsync).RequireScope(OperatorScope.Read).WithSummary("One job").Answers<JobAnswer>().Fails(ErrorCode.NotFound);
        cron.MapPatch("/{job}", PatchAsync).RequireScope(OperatorScope.Write).WithSummary("Change a job: each field that is given; null takes a field away")
            .Takes<JobBody>().Header("If-Match", "The ETag of the job that the change rests on; left out, the last writer wins")
            .Answers<JobUpdated>().Fails(ErrorCode.NotFound, ErrorCode.Conflict, ErrorCode.PreconditionFailed);
        cron.MapDelete("/{job}", DeleteAsync).RequireScope(OperatorScope.Write).WithSummary("Remove a job and its history; what is at work of it is cancelled")
            .Answers<JobRemoved>().Fails(ErrorCode.NotFound);
        cron.MapPost("/{job}/toggle", ToggleAsync).RequireScope(OperatorScope.Write).WithSummary("Switch a job on or off; without a body, over")
            .MayTake<ToggleBody>().Answers<JobToggled>().Fails(ErrorCode.NotFound, ErrorCode.Conflict);
    }

    /// <summary>The job, when there is one for the caller.</summary>
    public static async Task<StoredJob> FindAsync(string job, HttpContext context, JobStore store, ConfigStore configuration) =>
        await store.FindAsync(job, context.RequestAborted) is { } row && CronAccess.MaySee(context.GetPrincipal(), row, configuration.Router.Agents) ? row : throw NotFound();

    public static ApiException NotFound() => new(ErrorCode.NotFound, "There is no such job.");

    private static async Task<IResult> ListAsync(HttpContext context, JobStore store, ConfigStore configuration)
    {
        var (limit, principal, agents) = (Paging.Limit(context.Request.Query, 200, JobStore.LargestPage), context.GetPrincipal(), configuration.Router.Agents);
        var after = context.Request.Query["cursor"].ToString() is { Length: > 0 } cursor ? cursor : null;
        var seen = new List<StoredJob>();
        for (var more = true; more && seen.Count <= limit;)
        {
            // A restricted caller's page is filled by looking on: what it may not see must not show as a gap either.
            var page = await store.ListAsync(after, limit, context.RequestAborted);
            seen.AddRange(page.Jobs.Where(row => CronAccess.MaySee(principal, row, agents)));
            (after, more) = (page.After, page.After is not null);
        }

        var shown = seen.Take(limit).Select(row => CronShapes.Of(row, agents)).ToList();
        return ApiJson.Result(new JobsAnswer(shown, seen.Count > limit || after is not null ? shown[^1].Id : null), SchedulerJson.Default.JobsAnswer);
    }

    private static async Task<IResult> GetAsync(string job, HttpContext context, JobStore store, ConfigStore configuration)
    {
        var row = await FindAsync(job, context, store, configuration);
        Tag(context, row);
        return ApiJson.Result(new JobAnswer(CronShapes.Of(row, configuration.Router.Agents)), SchedulerJson.Default.JobAnswer);
    }

    private static async Task<IResult> CreateAsync(HttpContext context, JobStore store, ConfigStore configuration, JobNews news, TimeProvider clock)
    {
        var body = await ApiJson.ReadAsync(context, SchedulerJson.Default.JsonElement, MaxBodyBytes);
        var job = Read(JobReader.ReadNew(body, configuration.Current.Cron.DefaultTimezone, clock.GetUtcNow()));
        RequireMayMake(context.GetPrincipal(), job, configuration);
        // Not cancelled with the request: a client that leaves must find it written or not.
        var (outcome, row) = await store.CreateAsync(job, context.GetPrincipal().Id, CancellationToken.None);
        switch (outcome)
        {
            case JobChangeOutcome.Full:
                return new ApiError(ErrorCode.Conflict, $"There are {JobStore.Capacity} jobs already.");
            case not JobChangeOutcome.Done:
                return new ApiError(ErrorCode.Conflict, $"There is a job {job.Id} already.");
        }

        news.Created(row!);
        Tag(context, row!);
        return ApiJson.Result(
            new JobCreated(job.Id, job.Schedule.Expression, CronShapes.Of(row!, configuration.Router.Agents)), SchedulerJson.Default.JobCreated, StatusCodes.Status201Created);
    }

    private static async Task<IResult> PatchAsync(string job, HttpContext context, JobStore store, ConfigStore configuration, JobNews news, TimeProvider clock)
    {
        var body = await ApiJson.ReadAsync(context, SchedulerJson.Default.JsonElement, MaxBodyBytes);
        var before = await FindAsync(job, context, store, configuration);
        if (!JobTag.Accepts(context.Request, before.Version))
        {
            return new ApiError(ErrorCode.PreconditionFailed, $"The job is at version {before.Version} now.");
        }

        if (before.Job is null)
        {
            return new ApiError(ErrorCode.Conflict, $"The job's row is damaged ({before.Damage}); remove it and create it anew.");
        }

        var changed = Read(JobReader.ReadChange(before.Job, body, configuration.Current.Cron.DefaultTimezone, clock.GetUtcNow()));
        RequireMayMake(context.GetPrincipal(), changed, configuration);
        var (outcome, row) = await store.UpdateAsync(changed, before.Version, CancellationToken.None);
        switch (outcome)
        {
            case JobChangeOutcome.NotFound:
                throw NotFound();
            case not JobChangeOutcome.Done:
                return context.Request.Headers.IfMatch.Count > 0
                    ? new ApiError(ErrorCode.PreconditionFailed, "The job changed meanwhile.")
                    : new ApiError(ErrorCode.Conflict, "The job changed at the same time; ask for it again.");
        }

        news.Updated(row!);
        Tag(context, row!);
        return ApiJson.Result(new JobUpdated(true, CronShapes.Of(row!, configuration.Router.Agents)), SchedulerJson.Default.JobUpdated);
    }

    private static async Task<IResult> DeleteAsync(string job, HttpContext context, JobStore store, ConfigStore configuration, JobNews news)
    {
        var row = await FindAsync(job, context, store, configuration);
        if (!await store.DeleteAsync(row.Id, CancellationToken.None))
        {
            throw NotFound();
        }

        news.Removed(row);
        return ApiJson.Result(new JobRemoved(true), SchedulerJson.Default.JobRemoved);
    }

    private static async Task<IResult> ToggleAsync(string job, HttpContext context, JobStore store, ConfigStore configuration, JobNews news)
    {
        var body = context.Request.ContentLength is null or 0 && !context.Request.Headers.ContainsKey("Transfer-Encoding")
            ? new ToggleBody(null)
            : await ApiJson.ReadAsync(context, SchedulerJson.Default.ToggleBody, 16 * 1024);
        var before = await FindAsync(job, context, store, configuration);
        var (outcome, row) = await store.SetEnabledAsync(before.Id, body.Enabled ?? !before.Enabled, CancellationToken.None);
        switch (outcome)
        {
            case JobChangeOutcome.NotFound:
                throw NotFound();
            case JobChangeOutcome.Damaged:
                return new ApiError(ErrorCode.Conflict, $"The job's row is damaged ({before.Damage}); remove it and create it anew.");
        }

        news.Updated(row!);
        return ApiJson.Result(new JobToggled(true, row!.Enabled), SchedulerJson.Default.JobToggled);
    }

    private static async Task<IResult> PreviewAsync(HttpContext context, ConfigStore configuration, TimeProvider clock)
    {
        var body = await ApiJson.ReadAsync(context, SchedulerJson.Default.PreviewBody, 16 * 1024);
        if (body.Count is < 1 or > MaxFirings)
        {
            return new ApiError(ErrorCode.InvalidRequest, $"count is a number from 1 to {MaxFirings}.");
        }

        var (zone, now) = (configuration.Current.Cron.DefaultTimezone, clock.GetUtcNow());
        var schedule = Read(JobReader.ReadNew(Asked(body), zone, now)).Schedule;
        var clockOf = TimeZoneInfo.FindSystemTimeZoneById(schedule.TimeZone ?? zone);
        var firings = new List<FiringView>();
        var compiled = schedule.Compile(zone, out _)!;
        for (var due = compiled.NextAfter(now); due is { } at && firings.Count < (body.Count ?? 5); due = compiled.NextAfter(at))
        {
            firings.Add(new FiringView(at, TimeZoneInfo.ConvertTime(at, clockOf)));
        }

        return ApiJson.Result(new PreviewAnswer(ScheduleWords.Of(schedule), clockOf.Id, firings), SchedulerJson.Default.PreviewAnswer);
    }

    // A job of which only the schedule matters.
    private static JsonElement Asked(PreviewBody body) => JsonSerializer.SerializeToElement(
        new JsonObject
        {
            ["schedule"] = body.Schedule.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? null : JsonNode.Parse(body.Schedule.GetRawText()), ["timezone"] = body.Timezone,
            ["message"] = "preview",
        },
        SchedulerJson.Default.JsonObject);

    private static Job Read(JobReading reading) =>
        reading.Job ?? throw new ApiException(ErrorCode.InvalidRequest, string.Join(' ', reading.Faults.Take(20)));

    private static void RequireMayMake(Principal principal, Job job, ConfigStore configuration)
    {
        if (!CronAccess.MayMake(principal, job, configuration.Router.Agents))
        {
            throw new ApiException(ErrorCode.NotFound, "There is no such session.");
        }
    }

    private static void Tag(HttpContext context, StoredJob row) =>
        context.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{row.Version}\"");
}
