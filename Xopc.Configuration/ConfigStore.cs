using Microsoft.Extensions.Logging;
using Xopc.Configuration.Routing;

namespace Xopc.Configuration;

/// <summary>A swap of the running configuration.</summary>
/// <param name="Paths">Changed leaf paths, dotted; a list counts as one leaf. What the environment overrides is left out.</param>
/// <param name="RestartPaths">Those of them that take effect only after a restart.</param>
public sealed record ConfigChange(XopcConfig Before, XopcConfig After, IReadOnlyList<string> Paths, IReadOnlyList<string> RestartPaths)
{
    /// <summary>Of the configuration that runs now.</summary>
    public string Hash { get; init; } = "";
}

/// <summary>How a reload ended.</summary>
public enum ConfigReloadOutcome
{
    /// <summary>A new configuration runs.</summary>
    Reloaded,

    /// <summary>The file says what runs already.</summary>
    Unchanged,

    /// <summary>The file cannot be used; the last good configuration goes on.</summary>
    Rejected,
}

/// <param name="Hash">Of the configuration that runs now.</param>
/// <param name="Errors">Why it was rejected; otherwise empty.</param>
public sealed record ConfigReloadResult(
    ConfigReloadOutcome Outcome, string Hash, IReadOnlyList<string> Paths, IReadOnlyList<string> RestartPaths, IReadOnlyList<ConfigProblem> Errors);

/// <summary>The running configuration: the last valid one, swapped whole on reload. Reading <see cref="Current"/> costs one volatile read.</summary>
public sealed partial class ConfigStore : IDisposable
{
    private readonly ILogger<ConfigStore> _logger;
    private readonly ConfigDocument _atStart;
    private readonly SemaphoreSlim _reloading = new(1, 1);
    private readonly Lock _handlersGate = new();
    private volatile State _state;
    private volatile ConfigException? _lastError;
    private volatile string _authMode; // the one that runs: every other is taken up at once, none only by a restart
    private Action<ConfigChange>[] _handlers = [];

    /// <param name="file">What is read again on reload.</param>
    /// <param name="loaded">What it said when the process started.</param>
    public ConfigStore(ConfigFile file, ConfigSnapshot loaded, ILogger<ConfigStore> logger)
    {
        File = file;
        _logger = logger;
        _atStart = loaded.Document;
        _authMode = loaded.Config.Gateway.Auth.Mode;
        _state = new State(loaded, new Router(loaded.Config));
    }

    /// <summary>Loads the configuration of these paths.</summary>
    /// <exception cref="ConfigException">It cannot be used; all errors.</exception>
    public static ConfigStore Load(StatePaths paths, Func<string, string?> environment, TimeProvider clock, ILogger<ConfigStore> logger)
    {
        var file = new ConfigFile(paths.ConfigFile, environment, clock);
        return new ConfigStore(file, file.Load(), logger);
    }

    public ConfigFile File { get; }

    public XopcConfig Current => _state.Snapshot.Config;

    /// <summary>Routing and agents of <see cref="Current"/>, compiled.</summary>
    public Router Router => _state.Router;

    /// <summary>The whole of what runs, at one instant: configuration, document, hash, warnings.</summary>
    public ConfigSnapshot Snapshot => _state.Snapshot;

    /// <summary>SHA-256 (hex) of the file's bytes as applied; the API's ETag. Of an absent file: the hash of nothing.</summary>
    public string Hash => _state.Snapshot.Hash;

    /// <summary>Why the file on disk is not what runs; null when it is.</summary>
    public ConfigException? LastError => _lastError;

    /// <summary>Paths that changed since the process started and still wait for a restart.</summary>
    public IReadOnlyList<string> PendingRestart
    {
        get
        {
            var snapshot = _state.Snapshot;
            var cold = ConfigDiff.Between(_atStart.Root, snapshot.Document.Root).Where(path => !ConfigKeys.IsHot(path));
            return [.. (snapshot.Config.Gateway.Auth.Mode == _authMode ? cold : cold.Append(ConfigKeys.AuthMode)).Where(path => !snapshot.Overridden.Contains(path))];
        }
    }

    /// <summary>Calls back after a swap, with the paths that changed. Handlers are quick, do not throw and do not call <see cref="ReloadAsync"/>.</summary>
    public IDisposable OnChange(Action<ConfigChange> handler)
    {
        lock (_handlersGate)
        {
            _handlers = [.. _handlers, handler];
        }

        return new Registration(this, handler);
    }

    /// <summary>
    /// Reads the file again. A valid one is swapped in and its hot keys take effect at once, also when others need a restart; a bad one, and one
    /// that has vanished, is rejected and kept in <see cref="LastError"/>.
    /// </summary>
    public async Task<ConfigReloadResult> ReloadAsync(CancellationToken cancellationToken)
    {
        await _reloading.WaitAsync(cancellationToken);
        try
        {
            return Reload();
        }
        finally
        {
            _reloading.Release();
        }
    }

    public void Dispose() => _reloading.Dispose();

    private ConfigReloadResult Reload()
    {
        var before = _state.Snapshot;
        ConfigSnapshot after;
        try
        {
            var document = File.ReadDocument();
            if (document.Hash == before.Hash && document.Exists == before.Document.Exists)
            {
                _lastError = null;
                return new ConfigReloadResult(ConfigReloadOutcome.Unchanged, before.Hash, [], [], []);
            }

            // An editor that deletes and writes anew leaves a gap; nobody means "all defaults" by that.
            after = document.Exists
                ? File.Judge(document)
                : throw ConfigDocument.Unusable(File.Path, "has vanished", "Write it again; the last one goes on meanwhile.");
        }
        catch (ConfigException ex)
        {
            if (_lastError?.Message != ex.Message)
            {
                LogRejected(ex.Message);
            }

            _lastError = ex;
            return new ConfigReloadResult(ConfigReloadOutcome.Rejected, before.Hash, [], [], ex.Errors);
        }

        string[] paths = [.. ConfigDiff.Between(before.Document.Root, after.Document.Root).Where(path => !after.Overridden.Contains(path))];
        string[] restart = [.. paths.Where(path => ConfigKeys.Waits(path, after.Config))];
        _state = new State(after, new Router(after.Config));
        _lastError = null;
        if (!ConfigKeys.Waits(ConfigKeys.AuthMode, after.Config))
        {
            _authMode = after.Config.Gateway.Auth.Mode;
        }

        LogReloaded(after.Hash, paths.Length, restart.Length);
        foreach (var warning in after.Warnings)
        {
            LogWarning(warning);
        }

        if (paths.Length > 0)
        {
            Tell(new ConfigChange(before.Config, after.Config, paths, restart) { Hash = after.Hash });
        }

        return new ConfigReloadResult(ConfigReloadOutcome.Reloaded, after.Hash, paths, restart, []);
    }

    private void Tell(ConfigChange change)
    {
        foreach (var handler in Volatile.Read(ref _handlers))
        {
            try
            {
                handler(change);
            }
            catch (Exception ex)
            {
                // One bad handler must not keep the others on the old configuration.
                LogHandlerFailed(ex);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The configuration on disk was rejected, the last good one goes on. {Problem}")]
    private partial void LogRejected(string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "The configuration was reloaded: {Hash}, {Changed} changed, {Restart} of them wait for a restart")]
    private partial void LogReloaded(string hash, int changed, int restart);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Configuration: {Warning}")]
    internal partial void LogWarning(ConfigProblem warning);

    [LoggerMessage(Level = LogLevel.Error, Message = "A handler of configuration changes failed")]
    private partial void LogHandlerFailed(Exception exception);

    private sealed record State(ConfigSnapshot Snapshot, Router Router);

    private sealed class Registration(ConfigStore store, Action<ConfigChange> handler) : IDisposable
    {
        public void Dispose()
        {
            lock (store._handlersGate)
            {
                var at = Array.IndexOf(store._handlers, handler);
                if (at >= 0)
                {
                    store._handlers = [.. store._handlers[..at], .. store._handlers[(at + 1)..]];
                }
            }
        }
    }
}
