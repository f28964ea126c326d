using System.Text;
using System.Text.Json;
using Xopc.Testing.Canaries;
using Xopc.Testing.Storage;

namespace Xopc.EndToEnd.Tests.Canaries;

public sealed class CanarySearchTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("cut short")]
    [InlineData("without its beginning")]
    [InlineData("upper hex")]
    [InlineData("base64 of a pair")]
    [InlineData("base64url of a longer name")]
    [InlineData("utf-16")]
    [InlineData("url")]
    [InlineData("json")]
    [InlineData("backwards")]
    public void A_secret_is_found_whatever_was_done_to_it(string how)
    {
        // With signs that URLs and JSON write in another way.
        var secret = new Canary("wanted", "5ec7e7ca9a21e5bd+\"&Zk3n0aQ9wLm2Bx/V7tRy8+Fp");
        var text = how switch
        {
            "plain" => $"GET /x?token={secret.Value}&y=1",
            "cut short" => secret.Value[..(secret.Value.Length / 2)] + "…",
            "without its beginning" => "…" + secret.Value[(secret.Value.Length / 2)..],
            "upper hex" => Convert.ToHexString(Encoding.UTF8.GetBytes("x" + secret.Value)),
            "base64 of a pair" => Convert.ToBase64String(Encoding.UTF8.GetBytes("u:" + secret.Value + " ")),
            "base64url of a longer name" => Convert.ToBase64String(Encoding.UTF8.GetBytes("user:" + secret.Value)).Replace('+', '-').Replace('/', '_'),
            "utf-16" => Encoding.Latin1.GetString(Encoding.Unicode.GetBytes("a" + secret.Value)),
            "url" => "?q=" + Uri.EscapeDataString(secret.Value),
            "json" => JsonSerializer.Serialize(secret.Value),
            _ => new string([.. secret.Value.Reverse()]),
        };

        var leak = Assert.Single(new CanarySearch([secret, Canary.Make("another")]).In("here", "one\ntwo " + text + "\nthree"));

        Assert.Equal(("wanted", "here", 2), (leak.Canary.Name, leak.Place, leak.Line));
        Assert.DoesNotContain(secret.Value, leak.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_test_leaves_is_searched_outside_of_the_homes_of_secrets()
    {
        using var directory = new TempDirectory();
        Directory.CreateDirectory(directory.File("credentials"));
        Directory.CreateDirectory(directory.File("logs"));
        foreach (var name in (string[])["xopc.json", "xopc.json.bak.1", "models.json", "credentials/gateway-token", "logs/app.log"])
        {
            File.WriteAllText(directory.File(name), "first\nsecond " + Canary.MakeValue());
        }

        var leak = Assert.Single(Leftovers.Find(directory.Path));
        Assert.StartsWith("logs/app.log:2: ", leak, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary.Mark, leak, StringComparison.Ordinal);
        File.Delete(directory.File("logs/app.log"));
    }

    [Fact]
    public void The_test_script_searches_what_remains_for_the_mark_in_every_form()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Xopc.sln")))
        {
            directory = directory.Parent;
        }

        var script = File.ReadAllText(Path.Combine(directory.FullName, "test"));

        // No pattern of grep holds a NUL.
        Assert.All(CanarySearch.FormsOf(Canary.Mark).Where(form => form.Form != "utf-16"), form => Assert.Contains($"  {form.Text}\n", script, StringComparison.Ordinal));
    }

    [Fact]
    public void A_mask_is_no_leak_and_a_secret_beside_another_is_found_too()
    {
        var (one, other) = (Canary.Make("one"), Canary.MakeShapeless("other"));
        var search = new CanarySearch([one, other]);

        Assert.Empty(search.In("log", $"{one.Value[..6]}…{one.Value[^4..]} ***"));
        Assert.Equal(["one", "other"], search.In("log", one.Value + other.Value).Select(leak => leak.Canary.Name).Order());
    }
}
