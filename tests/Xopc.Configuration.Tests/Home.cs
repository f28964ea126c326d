using Microsoft.Extensions.Logging.Abstractions;

namespace Xopc.Configuration.Tests;

/// <summary>A state directory of its own with a configuration in it, and an environment that nobody else sees.</summary>
internal sealed class Home : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public Home(string? config = null)
    {
        Directory.CreateDirectory(Root);
        Environment["HOME"] = Root;
        Paths = StatePaths.Resolve(Variable);
        Directory.CreateDirectory(Paths.StateDirectory);
        if (config is not null)
        {
            Write(config);
        }
    }

    public string Root { get; } = Path.Combine(Path.GetTempPath(), "xopc-config-" + Guid.NewGuid().ToString("N"));

    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    public StatePaths Paths { get; }

    public string ConfigPath => Paths.ConfigFile;

    public string Text => File.ReadAllText(ConfigPath);

    public string? Variable(string name) => Environment.GetValueOrDefault(name);

    public void Write(string config) => File.WriteAllText(ConfigPath, config);

    public ConfigFile NewFile(Action? beforeReplace = null) => new(ConfigPath, Variable, TimeProvider.System) { BeforeReplace = beforeReplace };

    public ConfigStore NewStore() => ConfigStore.Load(Paths, Variable, TimeProvider.System, NullLogger<ConfigStore>.Instance);

    public static UnixFileMode Mode(string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes.");
        return OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path);
    }

    public static void SetMode(string path, UnixFileMode mode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes.");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>Reads a document with an environment of its own.</summary>
    public static ConfigReadResult Read(string json, params (string Name, string Value)[] environment)
    {
        var variables = environment.ToDictionary(item => item.Name, item => item.Value, StringComparer.Ordinal);
        return ConfigReader.Read(ConfigDocument.Parse(System.Text.Encoding.UTF8.GetBytes(json), "xopc.json"), variables.GetValueOrDefault);
    }

    public static XopcConfig Valid(string json, params (string Name, string Value)[] environment)
    {
        var read = Read(json, environment);
        Assert.Empty(read.Errors);
        return read.Config!;
    }
}
