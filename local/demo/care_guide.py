"""The text of the bike care guide, and the command that writes it: `python -m local.demo.care_guide`.

Holds facts that no page of the site may repeat, so that an answer from the PDF can be told from one off the site.
"""

from local.demo.pdf import Block, Heading, Paragraph, Table, render
from local.demo.serve import SITE

FILE = SITE / "files" / "bike-care-guide.pdf"
TITLE = "The bike care guide"
FOOTER = "Juniper Street Cycles, 14 Juniper Street, Bristol BS3 4QN, 0117 496 0123"

BLOCKS: tuple[Block, ...] = (
    Paragraph(
        "By Maeve Okonkwo, Juniper Street Cycles. Print these pages and hang them in the shed. They hold the numbers "
        "we use ourselves at the workstand. If your tyre, chain or brake says something else, believe the maker.",
    ),
    Heading("Tyre pressures"),
    Paragraph(
        "For a rider of 75 kg with a light bag. Add 5 psi at the back if you weigh more than 90 kg or carry a child. "
        "Check every two weeks: a tyre loses about 2 psi a week on its own.",
    ),
    Table(
        (66, 190, 290, 415),
        (
            ("Bike", "Tyre width", "Front wheel", "Rear wheel"),
            ("Road bike", "28 mm", "front 75 psi (5.2 bar)", "rear 80 psi (5.5 bar)"),
            ("Gravel bike", "40 mm", "front 38 psi (2.6 bar)", "rear 42 psi (2.9 bar)"),
            ("Hybrid bike", "38 mm", "front 50 psi (3.4 bar)", "rear 55 psi (3.8 bar)"),
            ("City bike", "42 mm", "front 45 psi (3.1 bar)", "rear 50 psi (3.4 bar)"),
            ("Mountain bike", "58 mm", "front 24 psi (1.7 bar)", "rear 26 psi (1.8 bar)"),
            ("Electric bike", "50 mm", "front 42 psi (2.9 bar)", "rear 48 psi (3.3 bar)"),
            ("Cargo bike", "55 mm", "front 45 psi (3.1 bar)", "rear 50 psi (3.4 bar)"),
            ("Child's bike", "47 mm", "front 30 psi (2.1 bar)", "rear 35 psi (2.4 bar)"),
        ),
    ),
    Heading("How long a chain lasts"),
    Paragraph(
        "A worn chain eats the cassette, which costs three times as much. We measure with a gauge and replace the "
        "chain at 0.5% wear. These are the distances at which most of our customers get there:",
    ),
    Table(
        (66, 320),
        (
            ("Bike", "Replace the chain after"),
            ("7 to 10 gears at the back", "2,000 miles (3,200 km)"),
            ("11 or 12 gears at the back", "1,500 miles (2,400 km)"),
            ("E-bike with a motor at the cranks", "1,200 miles (1,900 km)"),
            ("Hub gear, full chain case", "5,000 miles (8,000 km)"),
        ),
    ),
    Paragraph(
        "Fit a new cassette with every third chain. Oil the chain every 120 miles, and after every wet ride: one drop "
        "on each roller, wait five minutes, wipe it dry with an old sock.",
    ),
    Heading("How tight is tight?", new_page=True),
    Paragraph("With a torque wrench, which we lend to customers for a weekend. Grease threads, except on carbon."),
    Table(
        (66, 320),
        (
            ("Bolt", "Torque"),
            ("Stem, front plate and steerer", "5 Nm"),
            ("Seat clamp, aluminium", "6 Nm"),
            ("Pedals", "35 Nm"),
            ("Disc brake caliper", "7 Nm"),
            ("Square crank bolts", "40 Nm"),
            ("Wheel nuts, solid axle", "30 Nm"),
        ),
    ),
    Heading("Brakes"),
    Paragraph(
        "Replace disc brake pads when less than 1 mm of lining is left, and rim brake pads at the wear line. A disc "
        "thinner than 1.5 mm is finished. Hydraulic fluid is changed every 2 years, even if the lever feels fine. New "
        "pads need twenty firm stops from 15 mph before they bite.",
    ),
    Heading("Tubeless tyres"),
    Paragraph("Top up the sealant every 4 months: 40 ml for a gravel tyre, 90 ml for a mountain bike tyre."),
    Heading("E-bike batteries"),
    Paragraph(
        "A battery is happiest between 10 and 25 degrees. Do not charge it below freezing: let it warm up indoors for "
        "two hours first. Most batteries keep 70% of their range after 700 full charges.",
    ),
    Heading("A calendar for the year", new_page=True),
    Table(
        (66, 170),
        (
            ("When", "What"),
            ("Every week", "Squeeze the tyres, try both brakes, listen"),
            ("Every 2 weeks", "Pump up the tyres"),
            ("Every month", "Wipe and oil the chain, check bolts on racks and child seats"),
            ("October", "Mudguards on, lights charged, tyres checked for cuts and flints"),
            ("January", "Rinse off road salt after each ride, with a can and never a jet washer"),
            ("April", "Measure the chain, look at the brake pads, clean the rims or discs"),
            ("July", "Grease seat post and pedal threads, so that they come out next year"),
        ),
    ),
    Heading("What to carry"),
    Paragraph(
        "A tube of the right size, two tyre levers, a small pump, a multi-tool with a 5 mm key, and a pair of thin "
        "gloves. For solid axles add a 15 mm spanner. It all fits into a tin of 12 by 8 cm.",
    ),
    Heading("When to stop riding"),
    Paragraph(
        "Stop at once if you find a crack in a frame, fork, handlebar or crank; if a brake lever reaches the bar; if a "
        "tyre shows its fabric; or if an e-bike battery is swollen, hot or smells. Take a swollen battery outside, "
        "do not charge it, and ring us.",
    ),
    Paragraph("Third edition, September 2026. Copy it for anyone who rides."),
)


def main() -> None:
    """Write the guide where the site serves it."""
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_bytes(render(TITLE, FOOTER, BLOCKS))


if __name__ == "__main__":
    main()
