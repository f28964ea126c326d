using System.Text.Json;
using System.Text.Json.Nodes;
using Xopc.Agents.Models;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Agents.Settings;

/// <summary>The running configuration as its owner sees and changes it: saved first, then swapped here, then everywhere.</summary>
internal sealed partial class ConfigAccess(ConfigStore store, ModelCatalog models, IControlBroadcast control, ILogger<ConfigAccess> log)
{
    private static readonly TimeSpan LockedRetry = TimeSpan.FromSeconds(2);
    private static readonly ConfigProblem WouldOutliveItself =
        new("gateway.auth", "cannot be changed by a credential that expires", "Use the main credential, or a key without an end.");

    private static readonly TimeSpan DiskRetry = TimeSpan.FromSeconds(5);

    /// <summary>Looks at the file first: another replica may have saved a moment ago, and whoever asks after that sees it.</summary>
    public async Task<ShownConfig> ShowAsync(CancellationToken cancellationToken)
    {
        await store.ReloadAsync(cancellationToken);
        var snapshot = store.Snapshot;
        return new ShownConfig(View(snapshot), snapshot.Hash, [.. snapshot.Overridden.Order(StringComparer.Ordinal)], store.PendingRestart, store.LastError?.Errors);
    }

    /// <returns>An error, or what was done; and the hash of the file as it is now.</returns>
    public async Task<(ApiError? Error, PatchedConfig? Patched, string Hash)> PatchAsync(
        Principal caller, Func<string, bool>? accepts, ConfigPatch patch, CancellationToken cancellationToken)
    {
        ConfigSaveResult saved;
        try
        {
            saved = await store.File.SaveAsync(accepts, patch, path => Objection(caller, path), cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotSaved(e);
            return (new ApiError(ErrorCode.StorageUnavailable, "The configuration cannot be written now: the disk is full, or this user may not write there. Nothing was changed.", DiskRetry), null, "");
        }

        if (saved.Problems.Any(problem => ReferenceEquals(problem, WouldOutliveItself)))
        {
            return (new ApiError(ErrorCode.Forbidden, WouldOutliveItself.ToString()), null, saved.Hash);
        }

        if (Refusal(saved) is { } refusal)
        {
            return (refusal, null, saved.Hash);
        }

        // Saved: from here on nothing may stop halfway because the client has left.
        await store.ReloadAsync(CancellationToken.None);
        if (saved.Outcome == ConfigSaveOutcome.Saved)
        {
            await TellOthersAsync(saved.Hash);
        }

        var snapshot = store.Snapshot;
        string[] restart = [.. saved.RestartPaths.Where(path => !snapshot.Overridden.Contains(path))];
        return (null, new PatchedConfig(View(snapshot), saved.Hash, saved.Paths, restart.Length > 0, restart, [.. patch.Ignored, .. saved.Problems]), saved.Hash);
    }

    public async Task<ReloadedConfig> ReloadAsync()
    {
        var result = await store.ReloadAsync(CancellationToken.None);
        await TellOthersAsync(""); // no hash: whatever a process runs, it looks
        var error = result.Outcome == ConfigReloadOutcome.Rejected ? string.Join(' ', result.Errors) : null;
        return new ReloadedConfig(error is null, error, result.Hash, result.Paths, result.RestartPaths.Count > 0, result.RestartPaths);
    }

    public ValidatedConfig Judge(ConfigPatch patch)
    {
        var result = store.File.Preview(patch);
        return result.Outcome is ConfigSaveOutcome.Saved or ConfigSaveOutcome.Unchanged
            ? new ValidatedConfig(true, [], [.. patch.Ignored, .. result.Problems])
            : new ValidatedConfig(false, result.Problems, patch.Ignored);
    }

    public ValidatedConfig Judge(JsonElement config)
    {
        var result = store.File.Judge(config);
        return result.Outcome is ConfigSaveOutcome.Saved or ConfigSaveOutcome.Unchanged ? new ValidatedConfig(true, [], result.Problems) : new ValidatedConfig(false, result.Problems, []);
    }

    // With a main credential that it has set itself, or with none, a caller would go on after its own end.
    private static ConfigProblem? Objection(Principal caller, string path) =>
        caller.ExpiresAt is not null && path is ("gateway" or "gateway.auth" or "gateway.auth.mode" or "gateway.auth.token" or "gateway.auth.password") ? WouldOutliveItself : null;

    private JsonObject View(ConfigSnapshot snapshot)
    {
        var view = ConfigView.Of(snapshot);
        var providers = new JsonObject();
        foreach (var provider in models.Current.Providers)
        {
            providers[provider.Id] = provider.IsConfigured ? ConfigSecrets.Mask : "";
        }

        view["providers"] = providers;
        return view;
    }

    private static ApiError? Refusal(ConfigSaveResult saved) => saved.Outcome switch
    {
        ConfigSaveOutcome.Saved or ConfigSaveOutcome.Unchanged => null,
        ConfigSaveOutcome.Conflict => new ApiError(ErrorCode.PreconditionFailed, "The configuration changed meanwhile; read it again and repeat the change."),
        ConfigSaveOutcome.Locked => new ApiError(ErrorCode.Unavailable, "Another process is saving the configuration; try again.", LockedRetry),
        ConfigSaveOutcome.Unreadable => new ApiError(ErrorCode.Conflict, "The configuration on disk cannot be read and is not overwritten: " + string.Join(' ', saved.Problems)),
        _ => new ApiError(ErrorCode.InvalidRequest, string.Join(' ', saved.Problems)),
    };

    // Their file watchers would notice too, a third of a second later.
    private async Task TellOthersAsync(string hash)
    {
        try
        {
            await control.SendAsync(new ControlMessage(ControlKinds.Reload, hash), CancellationToken.None);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            LogOthersNotTold(e);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The configuration could not be saved")]
    private partial void LogNotSaved(Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The other processes were not told of the new configuration; their file watchers will notice")]
    private partial void LogOthersNotTold(Exception exception);
}
