using System.Text;
using BenchmarkDotNet.Attributes;
using Xopc.Channels.Telegram.Text;

namespace Xopc.Benchmarks;

/// <summary>Every answer is rendered from Markdown and split into messages before it is sent.</summary>
[MemoryDiagnoser]
public class TelegramTextBenchmarks
{
    private const string Words = "The **quick** brown fox _jumps_ over `the` lazy dog, see [the page](https://example.org/page) for more. ";
    private const string Code = "```csharp\nfor (var i = 0; i < 10; i++)\n{\n    Console.WriteLine($\"{i}: {Name(i)}\");\n}\n```\n\n";

    private string _text = "";

    [Params("1 KB", "10 KB with code", "100 KB")]
    public string Text { get; set; } = "";

    [GlobalSetup]
    public void Write() => _text = Text switch
    {
        "1 KB" => Answer(1_000, code: false),
        "100 KB" => Answer(100_000, code: false),
        _ => Answer(10_000, code: true),
    };

    [Benchmark]
    public int Render() => TelegramText.Render(_text).Text.Length;

    [Benchmark]
    public int RenderAndSplit() => TextSplitter.Split(TelegramText.Render(_text), TelegramText.MessageLimit, TelegramText.MessageLimit).Count;

    private static string Answer(int length, bool code)
    {
        var text = new StringBuilder();
        for (var paragraph = 0; text.Length < length; paragraph++)
        {
            text.Append(Words).Append(Words).Append("\n\n").Append(code && paragraph % 2 == 0 ? Code : "- one\n- two\n\n");
        }

        return text.ToString(0, length);
    }
}
