namespace Xopc.Configuration.Tests;

public sealed class StatePathsTests
{
    private static StatePaths Resolve(params (string Name, string Value)[] environment) =>
        StatePaths.Resolve(environment.ToDictionary(item => item.Name, item => item.Value, StringComparer.Ordinal).GetValueOrDefault);

    [Fact]
    public void Everything_lies_in_the_home_directory()
    {
        var paths = Resolve(("HOME", "/home/ada"));

        Assert.Equal("/home/ada/.xopc", paths.StateDirectory);
        Assert.Equal("/home/ada/.xopc/xopc.json", paths.ConfigFile);
        Assert.Equal("/home/ada/.xopc/credentials", paths.CredentialsDirectory);
        Assert.Equal("/home/ada/.xopc/models.json", paths.ModelsFile);
    }

    [Fact]
    public void A_profile_has_a_directory_of_its_own()
    {
        Assert.Equal("/home/ada/.xopc-work_2", Resolve(("HOME", "/home/ada"), ("XOPC_PROFILE", "work_2")).StateDirectory);
        Assert.Equal("/home/ada/.xopc", Resolve(("HOME", "/home/ada"), ("XOPC_PROFILE", "default")).StateDirectory);
        Assert.Equal("/home/ada/.xopc", Resolve(("HOME", "/home/ada"), ("XOPC_PROFILE", " ")).StateDirectory);
    }

    [Theory]
    [InlineData("../../etc")]
    [InlineData("a/b")]
    [InlineData("-a")]
    [InlineData(".")]
    [InlineData("a b")]
    [InlineData("ä")]
    public void A_profile_that_could_leave_the_home_directory_is_refused(string profile)
    {
        var error = Assert.Throws<ConfigException>(() => Resolve(("HOME", "/home/ada"), ("XOPC_PROFILE", profile)));

        Assert.Equal("XOPC_PROFILE", Assert.Single(error.Errors).Path);
    }

    [Fact]
    public void The_state_directory_wins_over_the_profile_and_needs_no_home()
    {
        var paths = Resolve(("XOPC_STATE_DIR", "/srv/xopc/"), ("XOPC_PROFILE", "work"));

        Assert.Equal("/srv/xopc/xopc.json", paths.ConfigFile.Replace("//", "/", StringComparison.Ordinal));
        Assert.Equal("/srv/xopc/run", paths.RunDirectory);
    }

    [Fact]
    public void XOPC_CONFIG_wins_over_XOPC_CONFIG_PATH_and_moves_the_file_only()
    {
        var both = Resolve(("HOME", "/home/ada"), ("XOPC_CONFIG", "~/a.json"), ("XOPC_CONFIG_PATH", "/b.json"));

        Assert.Equal(("/home/ada/a.json", "/home/ada/.xopc"), (both.ConfigFile, both.StateDirectory));
        Assert.Equal("/b.json", Resolve(("HOME", "/home/ada"), ("XOPC_CONFIG_PATH", "/b.json")).ConfigFile);
        Assert.True(Path.IsPathFullyQualified(Resolve(("HOME", "/home/ada"), ("XOPC_CONFIG", "relative.json")).ConfigFile));
    }

    [Fact]
    public void Single_places_can_be_moved()
    {
        var paths = Resolve(("HOME", "/h"), ("XOPC_CREDENTIALS_DIR", "/c"), ("XOPC_LOG_DIR", "/l"), ("XOPC_MODELS_JSON", "/m.json"));

        Assert.Equal(("/c", "/l", "/m.json"), (paths.CredentialsDirectory, paths.LogsDirectory, paths.ModelsFile));
    }

    [Fact]
    public void Without_a_home_the_message_says_what_to_set()
    {
        var error = Assert.Throws<ConfigException>(() => Resolve());

        Assert.Contains("HOME", error.Message, StringComparison.Ordinal);
        Assert.Contains("XOPC_STATE_DIR", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_gateway_lock_is_named_after_the_configuration()
    {
        // First 8 hex digits of the SHA-256 of "/b.json".
        var expected = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("/b.json"u8))[..8];

        Assert.Equal($"/s/locks/gateway.{expected}.lock", Resolve(("XOPC_STATE_DIR", "/s"), ("XOPC_CONFIG", "/b.json")).GatewayLockFile);
    }

    [Fact]
    public void Directories_are_for_the_owner_only_and_open_credentials_are_closed()
    {
        using var home = new Home();
        var paths = new StatePaths(Path.Combine(home.Root, "fresh"), Path.Combine(home.Root, "fresh", "xopc.json"));
        Directory.CreateDirectory(paths.CredentialsDirectory);
        Home.SetMode(paths.CredentialsDirectory, (UnixFileMode)0b111_111_111);

        paths.CreateDirectories();
        paths.CreateDirectories();

        Assert.All(
            (string[])[paths.CredentialsDirectory, paths.RunDirectory, paths.DataDirectory, paths.LocksDirectory],
            directory => Assert.Equal((UnixFileMode)0b111_000_000, Home.Mode(directory)));
    }

    [Fact]
    public void A_state_directory_that_cannot_be_made_is_a_clear_error()
    {
        using var home = new Home();
        var file = Path.Combine(home.Root, "file");
        File.WriteAllText(file, "");

        var error = Assert.Throws<ConfigException>(() => new StatePaths(Path.Combine(file, "state"), "x").CreateDirectories());

        Assert.Contains(file, error.Message, StringComparison.Ordinal);
        Assert.Contains("XOPC_STATE_DIR", error.Message, StringComparison.Ordinal);
    }
}
