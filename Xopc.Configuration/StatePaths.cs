namespace Xopc.Configuration;

/// <summary>Where everything lies: <c>~/.xopc</c>, or what <c>XOPC_STATE_DIR</c>, <c>XOPC_PROFILE</c>, <c>XOPC_CONFIG</c> and <c>XOPC_CONFIG_PATH</c> say.</summary>
public sealed record StatePaths(string StateDirectory, string ConfigFile)
{
    public string ModelsFile => Path.Combine(StateDirectory, "models.json");

    /// <summary>Mode 0700; files in it 0600.</summary>
    public string CredentialsDirectory => Path.Combine(StateDirectory, "credentials");

    public string DataDirectory => Path.Combine(StateDirectory, "data");

    public string BlobsDirectory => Path.Combine(StateDirectory, "blobs");

    public string LogsDirectory => Path.Combine(StateDirectory, "logs");

    public string LocksDirectory => Path.Combine(StateDirectory, "locks");

    public string RunDirectory => Path.Combine(StateDirectory, "run");

    public string WorkspaceDirectory => Path.Combine(StateDirectory, "workspace");

    /// <summary>Reads the environment through <paramref name="environment"/>; paths come back absolute.</summary>
    public static StatePaths Resolve(Func<string, string?> environment) => throw new NotImplementedException();
}
