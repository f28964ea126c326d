using System.Text.Json;
using System.Text.Json.Nodes;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Agents.Settings;

/// <summary><c>{"ok":true,"payload":…}</c></summary>
internal sealed record ConfigAnswer<T>(bool Ok, T Payload) where T : class;

/// <summary><c>GET /api/config</c>.</summary>
/// <param name="Hash">Of what runs; the ETag without its quotes.</param>
/// <param name="Overridden">Paths whose value comes from the environment, whatever the file says.</param>
/// <param name="PendingRestart">Paths that changed since the start and wait for a restart.</param>
/// <param name="LastError">Why the file on disk is not what runs; null when it is.</param>
internal sealed record ShownConfig(JsonObject Config, string Hash, IReadOnlyList<string> Overridden, IReadOnlyList<string> PendingRestart, IReadOnlyList<ConfigProblem>? LastError);

/// <summary><c>PATCH /api/config</c>.</summary>
/// <param name="Changed">Paths that this request changed.</param>
/// <param name="RestartPaths">Those of them that take effect only after a restart.</param>
internal sealed record PatchedConfig(
    JsonObject Config, string Hash, IReadOnlyList<string> Changed, bool RequiresRestart, IReadOnlyList<string> RestartPaths, IReadOnlyList<ConfigProblem> Warnings);

/// <summary><c>POST /api/config/reload</c>.</summary>
/// <param name="Reloaded">Whether what runs is what the file says.</param>
internal sealed record ReloadedConfig(bool Reloaded, string? Error, string Hash, IReadOnlyList<string> Changed, bool RequiresRestart, IReadOnlyList<string> RestartPaths);

/// <summary>Body of <c>POST /api/config/validate</c>: one of the two.</summary>
/// <param name="Config">A whole file.</param>
/// <param name="Patch">A change, as for <c>PATCH /api/config</c>.</param>
internal sealed record ConfigToJudge(JsonElement? Config, JsonElement? Patch);

/// <summary><c>POST /api/config/validate</c>.</summary>
internal sealed record ValidatedConfig(bool Valid, IReadOnlyList<ConfigProblem> Errors, IReadOnlyList<ConfigProblem> Warnings);

/// <summary><c>/api/config</c>: see it, change it, reload it, judge it, and what may be in it.</summary>
internal static class ConfigEndpoints
{
    private const int MaxBodyBytes = ConfigDocument.MaxBytes;

    public static void MapConfig(this IEndpointRouteBuilder routes)
    {
        var config = routes.MapGroup("/api/config").WithTags("Configuration");
        config.MapGet("", GetAsync).RequireScope(OperatorScope.Admin).WithSummary("The configuration that runs, secrets masked").Answers<ConfigAnswer<ShownConfig>>();
        config.MapPatch("", PatchAsync).RequireScope(OperatorScope.Admin).WithSummary("Change some keys; null and an empty text clear, a mask leaves a secret as it is")
            .Takes(ConfigPatchSchema.Create).Header("If-Match", "The ETag of the configuration that the change rests on; left out, the last writer wins")
            .Answers<ConfigAnswer<PatchedConfig>>().Fails(ErrorCode.PreconditionFailed, ErrorCode.Conflict);
        config.MapPost("/reload", ReloadAsync).RequireScope(OperatorScope.Admin).WithSummary("Read the file now, in every process").Answers<ConfigAnswer<ReloadedConfig>>();
        config.MapPost("/validate", ValidateAsync).RequireScope(OperatorScope.Admin).WithSummary("Judge a whole file, or a change, without saving anything")
            .Takes<ConfigToJudge>("config|patch").Answers<ConfigAnswer<ValidatedConfig>>();
        config.MapGet("/schema", Schema).RequireScope(OperatorScope.Admin).WithSummary("The JSON Schema of the file").Answers<JsonObject>();
    }

    private static async Task<IResult> GetAsync(HttpContext context, ConfigAccess settings)
    {
        var shown = await settings.ShowAsync(context.RequestAborted);
        Tag(context, shown.Hash);
        return ApiJson.Result(new ConfigAnswer<ShownConfig>(true, shown), SettingsJson.Default.ConfigAnswerShownConfig);
    }

    private static async Task<IResult> PatchAsync(HttpContext context, ConfigAccess settings)
    {
        var accepts = ConfigTag.Read(context.Request);
        var patch = Patch(await ApiJson.ReadAsync(context, AgentsJson.Default.JsonElement, MaxBodyBytes));
        var (error, patched, hash) = await settings.PatchAsync(context.GetPrincipal(), accepts, patch, context.RequestAborted);
        if (error is not null)
        {
            if (error.Code == ErrorCode.PreconditionFailed)
            {
                // Errors drop the tag of the answer that did not come; this one is about the tag.
                context.Response.OnStarting(() =>
                {
                    Tag(context, hash);
                    return Task.CompletedTask;
                });
            }

            return error;
        }

        Tag(context, hash);
        return ApiJson.Result(new ConfigAnswer<PatchedConfig>(true, patched!), SettingsJson.Default.ConfigAnswerPatchedConfig);
    }

    private static async Task<IResult> ReloadAsync(ConfigAccess settings) =>
        ApiJson.Result(new ConfigAnswer<ReloadedConfig>(true, await settings.ReloadAsync()), SettingsJson.Default.ConfigAnswerReloadedConfig);

    private static async Task<IResult> ValidateAsync(HttpContext context, ConfigAccess settings)
    {
        var body = await ApiJson.ReadAsync(context, AgentsJson.Default.JsonElement, MaxBodyBytes);
        var (config, patch) = body.ValueKind == JsonValueKind.Object ? (Member(body, "config"), Member(body, "patch")) : (null, null);
        if (config is null == patch is null)
        {
            return new ApiError(ErrorCode.InvalidRequest, "Send {\"config\": …}, a whole file, or {\"patch\": …}, a change; one of them.");
        }

        var result = config is { } whole ? settings.Judge(whole) : settings.Judge(Patch(patch!.Value));
        return ApiJson.Result(new ConfigAnswer<ValidatedConfig>(true, result), SettingsJson.Default.ConfigAnswerValidatedConfig);
    }

    private static IResult Schema() => ApiJson.Result(ConfigSchema.Document(), SettingsJson.Default.JsonObject);

    private static JsonElement? Member(JsonElement body, string name) => body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static ConfigPatch Patch(JsonElement body) =>
        ConfigPatch.Parse(body, out var problem) ?? throw new ApiException(ErrorCode.InvalidRequest, "The body: " + problem);

    private static void Tag(HttpContext context, string hash)
    {
        context.Response.Headers.ETag = $"\"{hash}\"";
        context.Response.Headers.CacheControl = "no-store";
    }
}
