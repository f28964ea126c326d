using System.Text.Json.Nodes;

namespace Xopc.Configuration.Tests;

public sealed class ConfigFileTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void An_absent_file_is_all_defaults_and_has_the_hash_of_nothing()
    {
        using var home = new Home();

        var snapshot = home.NewFile().Load();

        Assert.False(snapshot.Document.Exists);
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", snapshot.Hash);
        Assert.False(File.Exists(home.ConfigPath));
    }

    [Fact]
    public async Task Unknown_keys_order_and_references_survive_a_save()
    {
        using var home = new Home("""
            {"zebra":{"kept":[1,2.50,"ü"]},"gateway":{"future":true,"auth":{"token":"${TOKEN}","mode":"token"},"port":1},"agents":{}}
            """);
        home.Environment["TOKEN"] = "a-resolved-secret-that-must-not-land-in-the-file";
        home.Environment["XOPC_GATEWAY_PORT"] = "7";

        var saved = await home.NewFile().SaveAsync(null, document => document["gateway"]!["port"] = 2, Token);

        Assert.Equal(ConfigSaveOutcome.Saved, saved.Outcome);
        Assert.Equal(
            "{\n  \"zebra\": {\n    \"kept\": [\n      1,\n      2.50,\n      \"ü\"\n    ]\n  },\n  \"gateway\": {\n    \"future\": true,\n    \"auth\": {\n"
            + "      \"token\": \"${TOKEN}\",\n      \"mode\": \"token\"\n    },\n    \"port\": 2\n  },\n  \"agents\": {}\n}\n",
            home.Text);
        Assert.Equal(saved.Hash, home.NewFile().Load().Hash);
        Assert.Equal(["gateway.future", "zebra"], saved.Problems.Select(warning => warning.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_saved_file_and_its_backups_are_for_the_owner_only()
    {
        using var home = new Home("{}");
        Home.SetMode(home.ConfigPath, (UnixFileMode)0b110_100_100);

        await home.NewFile().SaveAsync(null, document => document["a"] = 1, Token);

        Assert.All(Directory.GetFiles(home.Paths.StateDirectory), file => Assert.Equal((UnixFileMode)0b110_000_000, Home.Mode(file)));
        Assert.Equal(3, Directory.GetFiles(home.Paths.StateDirectory).Length); // the file, .bak and .lock
    }

    [Fact]
    public async Task Ten_backups_are_kept_the_newest_first()
    {
        using var home = new Home();
        var file = home.NewFile();
        for (var i = 1; i <= 13; i++)
        {
            Assert.Equal(ConfigSaveOutcome.Saved, (await file.SaveAsync(null, document => document["step"] = i, Token)).Outcome);
        }

        var kept = Enumerable.Range(-1, 11).Select(i => i switch { -1 => "", 0 => ".bak", _ => ".bak." + i }).Select(suffix => (int)JsonNode.Parse(File.ReadAllText(home.ConfigPath + suffix))!["step"]!);

        Assert.Equal([13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3], kept);
        Assert.False(File.Exists(home.ConfigPath + ".bak.10"));
    }

    [Fact]
    public async Task A_save_that_rests_on_an_older_file_is_a_conflict()
    {
        using var home = new Home("""{"a":1}""");
        var seen = home.NewFile().Load().Hash;
        await home.NewFile().SaveAsync(seen, document => document["a"] = 2, Token);

        var late = await home.NewFile().SaveAsync(seen, document => document["a"] = 3, Token);

        Assert.Equal(ConfigSaveOutcome.Conflict, late.Outcome);
        Assert.Equal(home.NewFile().Load().Hash, late.Hash);
        Assert.Contains("2", home.Text, StringComparison.Ordinal);
        Assert.Equal(ConfigSaveOutcome.Saved, (await home.NewFile().SaveAsync(late.Hash.ToUpperInvariant(), document => document["a"] = 3, Token)).Outcome);
    }

    [Fact]
    public async Task The_hash_of_nothing_allows_only_the_first_save()
    {
        using var home = new Home();
        var nothing = home.NewFile().Load().Hash;

        Assert.Equal(ConfigSaveOutcome.Saved, (await home.NewFile().SaveAsync(nothing, document => document["a"] = 1, Token)).Outcome);
        Assert.Equal(ConfigSaveOutcome.Conflict, (await home.NewFile().SaveAsync(nothing, document => document["a"] = 2, Token)).Outcome);
    }

    [Fact]
    public async Task An_edit_that_changes_nothing_writes_nothing()
    {
        using var home = new Home("""{"gateway" :  {"port":5}}""");
        var before = home.Text;

        var result = await home.NewFile().SaveAsync(null, document => document["gateway"]!["port"] = 5, Token);

        Assert.Equal(ConfigSaveOutcome.Unchanged, result.Outcome);
        Assert.Equal(before, home.Text);
        Assert.False(File.Exists(home.ConfigPath + ".bak"));
    }

    [Fact]
    public async Task An_edit_that_would_be_invalid_is_refused_with_its_errors()
    {
        using var home = new Home("""{"gateway":{"port":5}}""");
        var before = home.Text;

        var result = await home.NewFile().SaveAsync(null, document => document["gateway"]!["port"] = 0, Token);

        Assert.Equal((ConfigSaveOutcome.Invalid, "gateway.port"), (result.Outcome, Assert.Single(result.Problems).Path));
        Assert.Equal(before, home.Text);
    }

    [Fact]
    public async Task An_edit_that_is_too_large_or_too_deep_is_refused()
    {
        using var home = new Home("{}");
        JsonNode deep = new JsonObject();
        for (var i = 0; i < 80; i++)
        {
            deep = new JsonArray(deep);
        }

        var tooDeep = await home.NewFile().SaveAsync(null, document => document["x"] = deep, Token);
        var tooLarge = await home.NewFile().SaveAsync(null, document => document["x"] = new string('x', ConfigDocument.MaxBytes), Token);

        Assert.Equal((ConfigSaveOutcome.Invalid, ConfigSaveOutcome.Invalid), (tooDeep.Outcome, tooLarge.Outcome));
        Assert.Equal("{}", home.Text);
    }

    [Theory]
    [InlineData("{ broken")]
    [InlineData("")]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData("[1]")]
    public async Task A_file_that_cannot_be_parsed_is_never_overwritten(string text)
    {
        using var home = new Home(text);

        var result = await home.NewFile().SaveAsync(null, document => document["a"] = 1, Token);

        Assert.Equal(ConfigSaveOutcome.Unreadable, result.Outcome);
        Assert.Single(result.Problems);
        Assert.Equal(text, home.Text);
        Assert.Throws<ConfigException>(() => home.NewFile().Load());
    }

    [Fact]
    public async Task A_file_that_parses_but_is_invalid_can_be_mended_by_a_save()
    {
        using var home = new Home("""{"gateway":{"port":0}}""");

        Assert.Throws<ConfigException>(() => home.NewFile().Load());
        Assert.Equal(ConfigSaveOutcome.Saved, (await home.NewFile().SaveAsync(null, document => document["gateway"]!["port"] = 1, Token)).Outcome);
        Assert.Equal(1, home.NewFile().Load().Config.Gateway.Port);
    }

    [Fact]
    public async Task A_writer_without_the_gateways_variables_can_still_save()
    {
        using var home = new Home("""{"gateway":{"port":"${ONLY_THE_SERVICE_HAS_IT}","auth":{"mode":"${THIS_TOO}","token":"${AND_THIS}"}}}""");

        var result = await home.NewFile().SaveAsync(null, document => document["commands"] = new JsonObject { ["restart"] = false }, Token);

        Assert.Equal((ConfigSaveOutcome.Saved, 0), (result.Outcome, result.Problems.Count));
        Assert.Contains("${ONLY_THE_SERVICE_HAS_IT}", home.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Concurrent_writers_lose_nothing()
    {
        using var home = new Home("{}");
        // Each a file of its own: they share nothing but the disk, as processes do.
        var writers = Enumerable.Range(0, 8).Select(writer => Task.Run(
            async () =>
            {
                var file = home.NewFile();
                for (var i = 0; i < 10; i++)
                {
                    var result = await file.SaveAsync(null, document => document[$"w{writer}i{i}"] = i, Token);
                    Assert.Equal(ConfigSaveOutcome.Saved, result.Outcome);
                }
            },
            Token));

        await Task.WhenAll(writers).WaitAsync(Home.Patience, Token);

        Assert.Equal(80, home.NewFile().ReadDocument().ToJsonObject().Count);
    }

    [Fact]
    public async Task A_reader_during_saves_sees_whole_files_only()
    {
        using var home = new Home("""{"n":0}""");
        var writing = Task.Run(
            async () =>
            {
                for (var i = 1; i <= 40; i++)
                {
                    await home.NewFile().SaveAsync(null, document => document["text"] = new string('x', i * 2_000), Token);
                }
            },
            Token);

        var reads = 0;
        while (!writing.IsCompleted || reads == 0)
        {
            Assert.True(home.NewFile().ReadDocument().Exists);
            reads++;
        }

        await writing.WaitAsync(Home.Patience, Token);
    }

    [Fact]
    public async Task A_writer_that_dies_before_the_replacement_leaves_the_old_file_and_blocks_nobody()
    {
        using var home = new Home("""{"a":1}""");
        var dying = home.NewFile(beforeReplace: () => throw new DiesHereException());

        await Assert.ThrowsAsync<DiesHereException>(() => dying.SaveAsync(null, document => document["a"] = 2, Token));

        Assert.Equal("""{"a":1}""", home.Text);
        Assert.Single(Directory.GetFiles(home.Paths.StateDirectory, ".xopc.json.*.tmp"));

        Assert.Equal(ConfigSaveOutcome.Saved, (await home.NewFile().SaveAsync(null, document => document["a"] = 3, Token)).Outcome);
        Assert.Empty(Directory.GetFiles(home.Paths.StateDirectory, "*.tmp"));
    }

    [Fact]
    public async Task A_disk_that_refuses_leaves_the_old_file_and_no_leftover()
    {
        using var home = new Home("""{"a":1}""");
        var full = home.NewFile(beforeReplace: () => throw new IOException("No space left on device"));

        await Assert.ThrowsAsync<IOException>(() => full.SaveAsync(null, document => document["a"] = 2, Token));

        Assert.Equal("""{"a":1}""", home.Text);
        Assert.Empty(Directory.GetFiles(home.Paths.StateDirectory, "*.tmp"));
    }

    [Fact]
    public async Task A_lock_that_is_held_too_long_is_an_outcome()
    {
        using var home = new Home("{}");
        using var other = new FileStream(home.ConfigPath + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        var clock = new ImpatientClock();

        var result = await new ConfigFile(home.ConfigPath, home.Variable, clock).SaveAsync(null, document => document["a"] = 1, Token);

        Assert.Equal((ConfigSaveOutcome.Locked, "{}"), (result.Outcome, home.Text));
    }

    [Fact]
    public async Task A_link_stays_a_link_and_its_target_is_replaced()
    {
        using var home = new Home();
        var target = Path.Combine(home.Root, "dotfiles.json");
        File.WriteAllText(target, """{"a":1}""");
        File.CreateSymbolicLink(home.ConfigPath, target);

        await home.NewFile().SaveAsync(null, document => document["a"] = 2, Token);

        Assert.Equal(target, new FileInfo(home.ConfigPath).LinkTarget);
        Assert.Contains("2", File.ReadAllText(target), StringComparison.Ordinal);
        Assert.True(File.Exists(target + ".bak"));
    }

    [Fact]
    public async Task The_first_save_creates_the_directory()
    {
        using var home = new Home();
        var path = Path.Combine(home.Root, "deep", "er", "xopc.json");

        await new ConfigFile(path, home.Variable, TimeProvider.System).SaveAsync(null, document => document["a"] = 1, Token);

        Assert.True(File.Exists(path));
    }

    [Fact]
    public void A_directory_in_the_files_place_is_a_clear_error()
    {
        using var home = new Home();
        Directory.CreateDirectory(home.ConfigPath);

        Assert.Contains("is a directory", Assert.Throws<ConfigException>(() => home.NewFile().Load()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_message_of_a_bad_file_lists_everything_and_names_the_file()
    {
        using var home = new Home("""{"gateway":{"port":0,"bind":"x"}}""");

        var error = Assert.Throws<ConfigException>(() => home.NewFile().Load());

        Assert.Equal(home.ConfigPath, error.File);
        Assert.Equal(
            $"""
            The configuration {home.ConfigPath} cannot be used:
              - gateway.bind is "x". Use one of: loopback, lan, auto, tailnet, custom.
              - gateway.port is 0. Use a whole number from 1 to 65535.
            """.ReplaceLineEndings("\n"),
            error.Message);
        Assert.Equal(78, ConfigException.ExitCode);
    }

    private sealed class DiesHereException : Exception;

    // Every look at it is a minute later; timers fire at once.
    private sealed class ImpatientClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Add(ref _now, TimeSpan.TicksPerMinute);
    }
}
