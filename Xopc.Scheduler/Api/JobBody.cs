using System.Text.Json;

namespace Xopc.Scheduler.Api;

/// <summary>Body of <c>POST /api/cron</c> and <c>PATCH /api/cron/{job}</c>, for the API's description: it is read by <see cref="Jobs.JobReader"/>, which refuses what it does not know.</summary>
/// <param name="Id">1 to 32 of <c>a-z 0-9 - _</c>; left out, one is made.</param>
/// <param name="Schedule">A cron expression, or <c>{"kind":"cron|every|at","expression":"…","timezone":"…"}</c>.</param>
/// <param name="Timezone">IANA, beside a schedule that is a cron expression.</param>
/// <param name="Message">Without a payload: an agent's turn in a session of the job's own.</param>
/// <param name="Payload"><c>{"kind":"systemEvent","text":"…"}</c> or <c>{"kind":"agentTurn","message":"…","model":"…","timeoutSeconds":60}</c>.</param>
/// <param name="SessionTarget"><c>main</c> or <c>isolated</c>.</param>
/// <param name="Delivery"><c>{"mode":"none|announce|direct","channel":"…","to":"…","accountId":"…","bestEffort":false}</c>.</param>
/// <param name="Timeout">Milliseconds, 1,000 to 300,000.</param>
/// <param name="Missed"><c>skip</c>, <c>latest</c>, <c>all</c>, or an object with <c>policy</c>, <c>max</c> and <c>maxLatenessSeconds</c>.</param>
/// <param name="Overlap"><c>skip</c>, <c>queue</c>, <c>cancel-previous</c>.</param>
internal sealed record JobBody(
    string? Id, string? Name, JsonElement? Schedule, string? Timezone, bool? Enabled, string? Message, JsonElement? Payload, string? SessionTarget, string? AgentId, string? Model,
    JsonElement? Delivery, int? Timeout, int? MaxRetries, JsonElement? Missed, string? Overlap, DateTimeOffset? EndsAt, int? MaxRuns, IReadOnlyList<string>? Tags);

/// <summary>Body of <c>POST /api/cron/preview</c>.</summary>
/// <param name="Schedule">As a job's.</param>
/// <param name="Count">How many instants, 1 to 100; 5 without.</param>
internal sealed record PreviewBody(JsonElement Schedule, string? Timezone, int? Count);
